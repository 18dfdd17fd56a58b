"""What the commands print: for people at a terminal, for logs, for scripts. Knows nothing of how it came about."""
