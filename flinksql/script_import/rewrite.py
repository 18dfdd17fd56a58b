"""The edits that make a script's statement one of a bundle: names, options of Kafka tables, placeholders, comments."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from flinksql.script_import.edits import Edits
from flinksql.script_import.secrets import hide_secrets
from flinksql.script_import.split import Piece
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.flink_options import OPTIONS, is_flink_option
from flinksql.sql.header import KEYS, LIKENESS, LINE
from flinksql.sql.placeholders import OPENING, PLACEHOLDER
from flinksql.sql.tokens import Comment, Token, TokenKind

BOOTSTRAP = "properties.bootstrap.servers"
TOPIC = "topic"
PATTERN = "topic-pattern"
_OLD_NAME = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One `'key' = 'value'` of a WITH clause."""

    key: str
    value: Token


def options_of(piece: Piece) -> list[Option]:
    """Return the options of a CREATE statement's WITH clause."""
    tokens = piece.tokens
    depth = 0
    for index, token in enumerate(tokens):
        if depth == 0 and token.is_word("WITH") and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            return list(_pairs(tokens[index + 2 :]))
        depth += {"(": 1, ")": -1}.get(token.text, 0)
    return []


def _pairs(tokens: Sequence[Token]) -> Iterator[Option]:
    for (key, equals), value in zip(pairwise(tokens), tokens[2:], strict=False):
        if key.text == ")":
            return
        if key.kind is TokenKind.STRING and equals.text == "=" and value.kind is TokenKind.STRING:
            yield Option(key=key.value, value=value)


def connector(options: Sequence[Option]) -> str:
    """Return the connector that options name."""
    return next((one.value.value for one in options if one.key == "connector"), "")


def _is_on_kafka(options: Sequence[Option]) -> bool:
    return is_on_kafka({"connector": connector(options)})


def commonest_broker(pieces: Sequence[Piece]) -> str:
    """Return the broker that most Kafka tables of a script name: the one that the stack's own takes the place of."""
    found = [
        one.value.value
        for piece in pieces
        if _is_on_kafka(options := options_of(piece))
        for one in options
        if one.key == BOOTSTRAP and "${" not in one.value.value
    ]
    return max(found, key=found.count, default="")


def edit_kafka(piece: Piece, broker: str, edits: Edits, *, inherited: bool = False) -> tuple[list[str], bool]:
    """Put the stack's broker and topic prefix into a table that lies on `broker`, or is LIKE one that does (`inherited`).

    Return what was done, for people, and whether the table is on the stack's broker.
    """
    options = options_of(piece)
    if not (_is_on_kafka(options) or (inherited and not connector(options))):
        return [], False
    by_key = {one.key: one for one in options}
    address, topic = by_key.get(BOOTSTRAP), by_key.get(TOPIC)
    done: list[str] = []
    same = address is not None and bool(_addresses(address.value.value) & _addresses(broker))
    if address is not None and "${" not in address.value.text and not same:
        told = f"its broker {address.value.value} is another one than the script's first: it stays as written, and its topic is not made"
        return [told], False
    if address is not None and same:
        edits.replace(address.value.start, address.value.end, "'${kafka_bootstrap}'")
        done.append(f"the broker {broker} is the stack's now")
    if (pattern := by_key.get(PATTERN)) is not None and "${" not in pattern.value.text:
        text = pattern.value.value.removeprefix("^").replace("'", "''")
        edits.replace(pattern.value.start, pattern.value.end, f"'${{topic_prefix}}{f'({text})' if '|' in text else text}'")
        done.append("its pattern begins with the stack's prefix")
    if topic is not None and edit_topic(topic.value, edits):
        done.append("its topic begins with the stack's prefix")
    return done, True


def edit_topic(value: Token, edits: Edits) -> bool:
    """Put the stack's prefix before each topic of a value. Return whether it was: one with placeholders stays as written."""
    if "${" in value.text:
        return False
    names = ";".join(f"${{topic_prefix}}{name.strip()}" for name in value.value.split(";"))
    edits.replace(value.start, value.end, "'" + names.replace("'", "''") + "'")
    return True


def hinted_topic(tokens: Sequence[Token], index: int) -> Token | None:
    """Return the topic that an OPTIONS hint names where the hint begins at a token."""
    if index >= len(tokens) or tokens[index].text != "/*+":
        return None
    end = next(number for number in range(index, len(tokens)) if tokens[number].text == "*/")
    return next((one.value for one in _pairs(tokens[index + 3 : end]) if one.key == TOPIC), None)


def _addresses(bootstrap: str) -> frozenset[str]:
    """Return the addresses of a broker: lists with one in common lead to the same cluster, in whatever order they are."""
    return frozenset(one.strip() for one in bootstrap.split(",") if one.strip())


def edit_placeholders(piece: Piece, known: Mapping[str, str], edits: Edits) -> list[str]:
    """Name the script's own placeholders as parameters are named. Return the parameters that are not `known`."""
    text = piece.script.text
    found: list[str] = []
    for opening in OPENING.finditer(text, piece.start, piece.end):
        match = PLACEHOLDER.match(text, opening.start())
        if match is None or match["secret"] or piece.script.token_at(opening.start()) is None or match["name"] in known:
            continue
        name = parameter_name(match["name"])
        if name != match["name"]:
            edits.replace(match.start("name"), match.end("name"), name)
        found.append(name)
    return found


def parameter_name(name: str) -> str:
    """Return a name as parameters have it: small letters, digits and `_`, a letter first."""
    plain = _OLD_NAME.sub("_", name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"p_{plain}"


def edit_comments(comments: Sequence[Comment], edits: Edits) -> None:
    """Put remarks that would be read as options of a header in parentheses: the script meant none. Hide secrets."""
    for comment in comments:
        if hide_secrets(comment, edits):
            continue
        offset = comment.start
        for line in comment.text.removesuffix("*/").splitlines(keepends=True):
            plain = line.rstrip("\r\n")
            inner = plain[2:] if offset == comment.start else plain
            match = LINE.fullmatch(inner)
            if match and _reads_as_option(match["key"], match["value"]):
                start = offset + len(plain) - len(inner) + match.start("key")
                end = offset + len(plain) - len(inner) + match.end("value")
                edits.replace(start, end, f"({inner[match.start('key') : match.end('value')]})")
            offset += len(line)


def _reads_as_option(key: str, value: str) -> bool:
    if key in KEYS or is_flink_option(key):
        return True
    near = get_close_matches(key.lower(), [*KEYS, *OPTIONS], n=1, cutoff=LIKENESS)
    return bool(near) and not (len(value.split()) != 1 and near[0] in KEYS)
