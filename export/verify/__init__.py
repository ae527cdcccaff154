"""Whether a model in the repository is what it says: against the network of its checkpoint, or against another model."""
