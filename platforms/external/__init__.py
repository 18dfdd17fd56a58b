"""A Flink and a Kafka that somebody else runs: only statements and topics are resources of the stack."""
