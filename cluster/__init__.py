"""Access to a Kubernetes cluster: contexts, service proxy, port-forwards, and why something is not ready."""
