"""Names in a sentence: a broker may have thousands of topics, and a message is read by people."""

from collections.abc import Collection

_MOST = 10


def listed(names: Collection[str]) -> str:
    """Return names with commas between them, ten at most, and of further ones the number."""
    first = ", ".join(list(names)[:_MOST])
    return f"{first} and {len(names) - _MOST:,} more" if len(names) > _MOST else first
