"""What became of the platform's objects in a cluster: the engine compares them with its own memory only."""
