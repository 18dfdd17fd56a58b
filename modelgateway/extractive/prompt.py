"""Which JSON fields a system prompt asks for."""

import re

_LIST_AFTER_FIELDS = re.compile(r"\bfields\b\s*:\s*(?P<list>.*)", re.IGNORECASE | re.DOTALL)
_IN_PARENTHESES = re.compile(r"\([^()]*\)")
_BULLET = re.compile(r"\s*(?:[-*]|\d+[.)])\s+(?P<item>.+)")
_NAME = re.compile(r"[\s\"'`]*(?:and\s+)?[\"'`]?(?P<name>[A-Za-z_]\w*)")
_END_OF_SENTENCE = re.compile(r"[.;](?:\s|$)|\n\s*\n")
MAX_FIELDS = 50


def fields_asked_for(instructions: str) -> tuple[str, ...]:
    """Find the names after `fields:`, in their order and each once; empty when there is no such list.

    Two spellings are read: `fields: a, b (one of x, y) and c.` up to the end of the sentence, and a bullet list of `- a: what it is`.
    """
    found = _LIST_AFTER_FIELDS.search(instructions)
    if found is None:
        return ()
    text = _IN_PARENTHESES.sub("", found["list"])
    names = [match["name"] for item in _items(text) if (match := _NAME.match(item))]
    return tuple(dict.fromkeys(names))[:MAX_FIELDS]


def _items(text: str) -> list[str]:
    lines = text.strip().splitlines()
    if lines and _BULLET.match(lines[0]):
        bullets: list[str] = []
        for line in lines:
            bullet = _BULLET.match(line)
            if bullet is None:
                break
            bullets.append(bullet["item"])
        return bullets
    sentence = _END_OF_SENTENCE.split(text, maxsplit=1)[0]
    return re.split(r",|\band\b", sentence)
