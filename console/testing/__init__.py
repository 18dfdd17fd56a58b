"""`console test`: a Flink of its own on this machine, and what came of the tests."""
