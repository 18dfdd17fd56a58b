"""Texts of servers, made fit for files and wires."""


def storable(text: str) -> str:
    """Return the text with a question mark for each half of a surrogate pair, which no UTF-8 can hold."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
