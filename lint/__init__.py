"""Checks of the source that no linter has: each is a module with `python -m lint.NAME`, which prints `file:line: ...` and fails."""
