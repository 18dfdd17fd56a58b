"""Secrets of a script: each leaves a placeholder behind, and its value is nowhere in the bundle.

A secret is the value of an option that is named like one, the password within a URL, or one of the `name=value` pairs of a URL or a
connection string. Options stand in a WITH clause or in an OPTIONS hint. In comments there is no placeholder: they get `***`.
"""

import re
from collections.abc import Iterator

from flinksql.script_import.edits import Edits
from flinksql.script_import.split import Piece
from flinksql.sql.tokens import Comment, Token, TokenKind

_NAME = (
    r"password|passwd|passphrase|pwd|secret(?!s?-manager)|api[-_.]?key|access[-_.]?key|account[-_.]?key|private[-_.]?key|"
    r"(?<!page-)token(?!s)|jaas\.config|credentials?(?!\.provider|s?-provider)|user-info|authorization"
)
"""What the key of an option has in it whose value is a secret."""
_KEY = re.compile(_NAME, re.IGNORECASE)
_PAIR = re.compile(rf"(?:^|[?&;,\s])[\w.-]*?(?:{_NAME}|\bsig)=(?P<secret>[^?&;,#\s'\"]+)", re.IGNORECASE)
"""`password=...` in a URL or a connection string. A name that only begins so is another setting: `passwordCharacterEncoding=`."""
_USER = re.compile(r"://[^\s:/?#@']*:(?!\d{1,5}/)(?P<secret>[^\s?#']+)@")
"""`scheme://user:password@host`, up to the last `@` before a question mark: a password may have one itself. A port is none."""
_ORACLE = re.compile(r"jdbc:oracle:\w+:[^\s/@']*/(?P<secret>[^\s']+?)@", re.IGNORECASE)
_OPTION = re.compile(r"'(?P<key>[^'\n]+)'\s*=\s*'(?P<secret>(?:[^'\n]|'')+)'")
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_HIDDEN = "***"


def edit_secrets(piece: Piece, name: str, edits: Edits) -> list[str]:
    """Put placeholders in place of the secrets of a statement's options. Return their names, which begin with `name`."""
    found: list[str] = []
    for key, value in _options(piece):
        for start, end in _spans(key, value):
            whole = (start, end) == (value.start, value.end)
            called = f"{name}_{key.removeprefix('properties.')}{'' if whole else '_password'}"
            secret = _unique(_NO_NAME.sub("_", called).strip("_"), found)
            placeholder = f"${{secret:{secret}}}"
            edits.replace(start, end, f"'{placeholder}'" if whole else placeholder)
            found.append(secret)
    return found


def hide_secrets(comment: Comment, edits: Edits) -> bool:
    """Put `***` in place of secrets in a comment, as of an option that is commented out. Return whether there are any."""
    options = [match.span("secret") for match in _OPTION.finditer(comment.text) if _KEY.search(match["key"])]
    spans = options or [*_within(comment.text)]
    for start, end in spans:
        edits.replace(comment.start + start, comment.start + end, _HIDDEN)
    return bool(spans)


def _spans(key: str, value: Token) -> Iterator[tuple[int, int]]:
    """Yield where secrets stand in an option's value, as offsets in the script."""
    if _KEY.search(key):
        if value.value and "${" not in value.text:
            yield value.start, value.end
        return
    for start, end in _within(value.text):
        yield value.start + start, value.start + end


def _within(text: str) -> Iterator[tuple[int, int]]:
    """Yield where secrets stand within a text, in order and apart from each other."""
    end = 0
    matches = (match for pattern in (_USER, _ORACLE, _PAIR) for match in pattern.finditer(text))
    for start, stop in sorted(match.span("secret") for match in matches):
        if start >= end and "${" not in text[start:stop]:
            yield start, stop
            end = stop


def _unique(name: str, taken: list[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _options(piece: Piece) -> Iterator[tuple[str, Token]]:
    """Yield key and value of each option of a WITH clause, and of each hint."""
    tokens = piece.tokens
    depth, opened, in_hint = 0, -1, False
    for index, token in enumerate(tokens):
        if token.text == "(":
            depth += 1
            if opened < 0 and index and tokens[index - 1].is_word("WITH"):
                opened = depth
        elif token.text == ")":
            opened = -1 if depth == opened else opened
            depth -= 1
        in_hint = token.text == "/*+" or (in_hint and token.text != "*/")
        if (opened > 0 or in_hint) and _is_option(tokens[index : index + 3]):
            yield token.value, tokens[index + 2]


def _is_option(tokens: tuple[Token, ...]) -> bool:
    return len(tokens) == len(("key", "=", "value")) and tokens[0].kind is tokens[2].kind is TokenKind.STRING and tokens[1].text == "="
