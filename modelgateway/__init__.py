"""The model gateway: a small OpenAI-compatible server between Flink and whatever answers. Knows nothing of the rest of the project."""
