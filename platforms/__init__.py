"""Where a stack runs. `base` has the protocol, `registry` the choice; each platform has a folder of its own."""
