"""A double of Pulumi's language host for Python, for tests: no package registry has the real one.

The real CLI starts it as `pulumi-language-python` and cannot tell it from the real one. It speaks the same protocol, makes the virtual
environment that Pulumi.yaml names, runs the program from the disk in a process of its own, and interrupts it when a resource failed.
Not doubled: other tool chains than pip, type checkers, debuggers, policy packs and the generation of code.
"""

ANNOUNCEMENT = "language host for Python: a double made for tests, not Pulumi's own"
"""What it says before anything else."""
