"""What the model gateway lets through: rows a second by lanes through real Flink, added latency, and the ledger at its size."""
