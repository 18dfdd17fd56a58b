"""What is read from a Kubernetes cluster and how it is reached: contexts, the service proxy, port-forwards, and why something is not ready."""
