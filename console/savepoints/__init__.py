"""`savepoints`: which there are, what needs them, and which may go."""
