"""One turn of a conversation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """`text` joins the text parts of the content with a line break; empty when there is none."""

    role: str
    text: str
