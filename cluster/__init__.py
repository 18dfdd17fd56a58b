"""What is read from a Kubernetes cluster and how it is reached: contexts, service proxy, port-forwards, why something is not ready."""
