"""The exit codes of every command, so that a script can tell the cases apart. They are part of the contract: do not renumber."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command says to the shell. 2 is what the option parser itself uses for a wrong command line."""

    OK = 0
    FAILED = 1
    """The run began and did not reach its end; the message says what failed and what to do."""
    USAGE = 2
    """An unknown command, option or stack."""
    UNHEALTHY = 3
    """`status`, `doctor` or `up` found something that does not work, or `preview` or `up` could not look at it."""
    TOOLCHAIN = 4
    """No usable Pulumi CLI could be found, installed or built."""
    LOCKED = 5
    """Another run works on the same stack now."""
    TIMED_OUT = 6
    """What was waited for did not come in the time that was given."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; 128 + 2, as shells have it."""
