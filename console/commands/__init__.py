"""The commands, one a file. Each reads its options, lets the parts do the work, and shows the result."""
