"""What runs in the containers beside the service itself; standard library only, because Triton's image has no more."""
