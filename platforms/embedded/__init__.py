"""Kafka, Flink and the model as processes on this machine."""
