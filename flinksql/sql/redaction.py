"""Taking secrets out of a text before it is shown. No pattern is made of a secret: the module `re` remembers its patterns."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

SHORTEST_PART = 4
"""Parts of a secret that are shorter than this are left: every text holds them by chance."""
_ENCODED = re.compile(r"%[0-9A-F]{2}")
_CUT = re.compile(r"\s*(?:\.\.\.|…|\*|$|\n)")
"""Where a text was cut off, or where the server itself began to hide the rest."""


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """Return the text with each secret's value replaced by `${secret:NAME}`.

    Found are also a value quoted for SQL, JSON, Java, HTML or a URL, each line of one with several lines, and the beginning of one where
    the text was cut off in its middle.
    """
    names = {form: name for name, value in secrets.items() for form in _forms(value)}
    if not names:
        return text
    # The longest first: one secret may hold another.
    forms = sorted(names, key=len, reverse=True)
    text = _without(text, {form: _placeholder(names[form]) for form in forms})
    for form in forms:
        text = _without_beginnings(text, form, _placeholder(names[form]))
    return text


def _placeholder(name: str) -> str:
    return f"${{secret:{name}}}"


def _without_beginnings(text: str, form: str, placeholder: str) -> str:
    """Replace the form's first characters where the text was cut off after them."""
    if len(form) <= SHORTEST_PART or form[:SHORTEST_PART] not in text:
        return text
    for length in range(len(form) - 1, SHORTEST_PART - 1, -1):
        if form[:length] in text:
            text = _without_beginning(text, form[:length], placeholder)
    return text


def _without(text: str, placeholders: Mapping[str, str]) -> str:
    """Replace each form where it begins first; of several that begin at one place, the longest."""
    pieces: list[str] = []
    done = 0
    places = {form: text.find(form) for form in placeholders}
    while found := min(((place, -len(form), form) for form, place in places.items() if place >= 0), default=None):
        place, _, form = found
        pieces += [text[done:place], placeholders[form]]
        done = place + len(form)
        places = {one: text.find(one, done) if 0 <= at < done else at for one, at in places.items()}
    return "".join([*pieces, text[done:]])


def _without_beginning(text: str, beginning: str, placeholder: str) -> str:
    pieces: list[str] = []
    done, place = 0, text.find(beginning)
    while place >= 0:
        end = place + len(beginning)
        if _CUT.match(text, end):
            pieces += [text[done:place], placeholder]
            done = end
        place = text.find(beginning, end if done == end else place + 1)
    return "".join([*pieces, text[done:]])


def _forms(value: str) -> set[str]:
    """Return the ways in which a value can appear in a message; an empty value has none."""
    parts = [value, " ".join(value.split()), *(line.strip() for line in value.splitlines() if len(line.strip()) >= SHORTEST_PART)]
    return {form for part in parts for form in _quoted(part)} - {""}


def _quoted(value: str) -> Iterator[str]:
    yield value
    yield value.replace("'", "''")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    yield html.escape(value)
    yield html.escape(value, quote=False)
    for encoded in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield encoded
        yield _ENCODED.sub(lambda match: match.group().lower(), encoded)
