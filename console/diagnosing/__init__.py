"""Asking Flink and Kafka of a stack why a statement writes nothing."""
