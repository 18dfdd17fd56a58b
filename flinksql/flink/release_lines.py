"""The release line of a Flink version, and which of two lines is the older one."""


def release_line(version: str) -> str:
    """Return the line of a version: `2.2` of `2.2.1`."""
    return ".".join(version.split(".")[:2])


def is_older_line(line: str, than: str) -> bool:
    """Return whether a line came before another one; False where either is not known, or is no number."""
    try:
        one, other = ([int(part) for part in each.split(".")] for each in (line, than))
    except ValueError:
        return False
    return one < other
