"""A Pulumi CLI that works, from wherever it can be had.

`ensure(project, say)` is the whole of it for callers: it answers with a ready `Toolchain` or raises a ConsoleError that names the three
ways to get one.
"""

from console.toolchain.choice import ensure, find
from console.toolchain.command import Toolchain

__all__ = ["Toolchain", "ensure", "find"]
