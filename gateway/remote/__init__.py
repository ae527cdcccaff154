"""Pictures that are given as an address, fetched without letting a client see into the network that the gateway is in."""
