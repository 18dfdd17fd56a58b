"""Asking a model server: one exchange, what its answer means, retries, the choice between several servers."""
