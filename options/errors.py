"""The error of an option whose value cannot be used."""


class OptionError(Exception):
    """An option has a value that cannot be used: the message names its key, the value and what is allowed."""
