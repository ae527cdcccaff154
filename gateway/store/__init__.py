"""Where results and customers' pictures are kept: one Protocol, an adapter for a directory and one for Google Cloud Storage."""
