"""docs/reference/, made from the code: `python -m console.reference --write`."""
