"""The embedded platform: Kafka, Flink and the model gateway as supervised processes on the loopback address. No Pulumi here."""
