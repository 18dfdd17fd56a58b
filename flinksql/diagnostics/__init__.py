"""From a refusal of Flink, or a failed job, to its place in a file and to what helps."""
