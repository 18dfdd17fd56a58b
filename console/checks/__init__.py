"""What `doctor` looks at: each check gives findings, and each finding that is not right says how to mend it."""
