"""Following records as they come out of Kafka."""
