"""The images that are not ours, pinned by tag. A digest may stand in their place: they are only handed on."""

KAFKA_IMAGE = "apache/kafka:4.3.1"
AKHQ_IMAGE = "tchiotludo/akhq:0.26.0"
OLLAMA_IMAGE = "ollama/ollama:0.12.6"
PYTHON_IMAGE = "python:3.11-slim"
"""For the Job that pulls models: it needs an interpreter and nothing else."""
