"""What the cluster says while the engine waits for it: the Kubernetes provider itself says nothing until its time is over (measured)."""
