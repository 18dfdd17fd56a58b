"""The comment on a pull request: what its change does to a stack, from the JSON of `preview`, `test` and `evaluate`."""
