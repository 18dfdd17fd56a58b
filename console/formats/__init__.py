"""Records as the formats of Flink's Kafka connector write them: to feed rows, and to show them."""
