"""Characters that Flink SQL cannot read outside text and quoted names, and what to type instead.

They come from web pages, word processors and chats, and look like the right ones or like nothing at all.
"""

import unicodedata

_ASCII = 0x7F
_LETTERS = (
    (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x1FFF), (0x3040, 0x318F), (0x3300, 0x337F), (0x3400, 0x3D2D), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
)  # fmt: skip
"""Beyond ASCII, what the grammar takes for a part of a name."""
_NOT_LETTERS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sk", "Sm", "So", "Zl", "Zp", "Zs"})
_MEANT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb\uff02", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-"),
    "\u2026": "...",
    "\u3001": ",",
    "\u3002": ".",
    "\u00d7": "*",
    "\u00f7": "/",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "<>",
}
_QUOTES = "'"


def is_foreign(character: str) -> bool:
    """Return whether a character can stand neither in a bare name nor between two tokens."""
    code = ord(character)
    if code <= _ASCII or any(first <= code <= last for first, last in _LETTERS):
        return False
    return unicodedata.category(character) in _NOT_LETTERS


def advice(character: str) -> str:
    """Return a message that names a wrong character and what to write instead."""
    named = f"the character {_name(character)}U+{ord(character):04X}"
    if unicodedata.category(character) in {"Zs", "Zl", "Zp"}:
        return f"{named} looks like a space and has no meaning in Flink SQL: write a plain space or remove it"
    if unicodedata.category(character) in {"Cf", "Cc"}:
        return f"{named} is invisible and has no meaning in Flink SQL: remove it"
    meant = _MEANT.get(character) or _plain(character)
    if meant == _QUOTES:
        return f"{named} is a typographic quotation mark: write text in plain single quotes ('text') and names in backticks (`name`)"
    if meant:
        return f"{named} looks like `{meant}` and is another character: write a plain `{meant}`"
    return f"{named} has no meaning in Flink SQL outside text and quoted names: remove it, or put the name in backticks"


def _name(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"{name} " if name else ""


def _plain(character: str) -> str:
    """Return the ASCII character that a full-width or otherwise compatible one stands for; empty if there is none."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and "!" <= plain <= "~" else ""
