"""Rolling out model versions: one plan in the store, which every instance follows."""
