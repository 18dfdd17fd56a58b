"""Rules: each looks at one reason why rows do not come out, and gives what it found of it."""
