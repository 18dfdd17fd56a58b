"""Kubernetes manifests as values: pure functions from typed arguments to plain objects. No Pulumi, no cluster."""
