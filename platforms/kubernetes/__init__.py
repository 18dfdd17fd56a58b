"""Kafka, Flink and the model in a namespace of a Kubernetes cluster."""
