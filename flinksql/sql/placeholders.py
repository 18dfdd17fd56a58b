"""Placeholders in SQL: `${name}` for a parameter, `${secret:NAME}` for a secret. The path of a bundle's jar counts as one too.

Values go into a string literal, where quotes are doubled, or stand bare (a number, a part of a name), where only harmless characters pass.
So a value can never change what the statement is made of.

`${directory:...}`, `${file:...}` and `${env:...}` in a string are Kafka's: its clients read a value where they run, by `config.providers`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from flinksql.errors import StatementError
from flinksql.sql.function_jars import PARAMETER, missing_jar, parameter_of, relative_jars
from flinksql.sql.rendered import Rendered, Segment
from flinksql.sql.text_cache import Confidential
from flinksql.sql.tokens import TokenisedText, TokenKind, tokenise

OPENING = re.compile(r"\$\{")
PLACEHOLDER = re.compile(r"\$\{(?:(?P<secret>secret):)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\}")
_OF_KAFKA = re.compile(r"\$\{(?:directory|file|env):")
BARE_VALUE = re.compile(r"-?[A-Za-z0-9_.]+(?:-[A-Za-z0-9_.]+)*")
FORMS = "write ${name} or ${secret:NAME}; for the two characters themselves write '$' || '{'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Placeholder:
    """A placeholder outside comments: offsets in the text, and whether it stands in a string literal."""

    name: str
    secret: bool
    start: int
    end: int
    in_string: bool


def render(text: str, file: str, parameters: Mapping[str, str], secrets: Mapping[str, str] | None = None) -> Rendered:
    """Fill in the placeholders and drop what follows the statement (trailing `;`, comments, white space).

    Without `secrets` the secrets' placeholders stay as they are: the form for identity and display.
    Raises StatementError at the first placeholder that is malformed, has no value, or whose value cannot stand there.
    """
    tokenised = tokenise(text, file)
    pieces: list[str] = []
    segments: list[Segment] = []
    length = 0
    copied_to = 0
    has_secret = False
    for placeholder in _placeholders(tokenised):
        has_secret = has_secret or (placeholder.secret and secrets is not None)
        value = _value(tokenised, placeholder, parameters, secrets)
        before = text[copied_to : placeholder.start]
        segments.append(Segment(start=length, source=copied_to, copied=True))
        segments.append(Segment(start=length + len(before), source=placeholder.start, copied=False))
        pieces += [before, value]
        length += len(before) + len(value)
        copied_to = placeholder.end
    segments.append(Segment(start=length, source=copied_to, copied=True))
    pieces.append(text[copied_to : max(_statement_end(tokenised), copied_to)])
    sql = "".join(pieces)
    return Rendered(sql=Confidential(sql) if has_secret else sql, file=file, text=text, segments=tuple(segments))


def placeholder_problems(text: str, file: str, parameters: Mapping[str, str]) -> list[StatementError]:
    """Return what is wrong with each placeholder of a text, so that all can be mended in one go. Secrets count as known."""
    problems: list[StatementError] = []
    try:
        tokenised = tokenise(text, file)
    except StatementError as problem:
        return [problem]
    jars = _jars(tokenised)
    for opening in _openings(tokenised):
        try:
            _value(tokenised, _placeholder(tokenised, opening), parameters, None)
        except StatementError as problem:
            problems.append(problem)
    return [*problems, *(tokenised.problem(jar.start, _missing(jar, parameters)) for jar in jars if jar.name not in parameters)]


def secret_problems(text: str, file: str, known: Collection[str]) -> list[StatementError]:
    """Return an error for each secret that a statement's text uses and that is not among the `known` names."""
    tokenised = tokenise(text, file)
    return [
        tokenised.problem(placeholder.start, _missing_secret(placeholder.name, known))
        for placeholder in _placeholders(tokenised)
        if placeholder.secret and placeholder.name not in known
    ]


def parameter_names(text: str) -> frozenset[str]:
    """Return the names of the parameters that a statement's text uses."""
    return frozenset(placeholder.name for placeholder in _placeholders(tokenise(text)) if not placeholder.secret)


def secret_names(text: str) -> frozenset[str]:
    """Return the names of the secrets that a statement's text uses."""
    return frozenset(placeholder.name for placeholder in secret_places(text))


def secret_places(text: str) -> list[Placeholder]:
    """Return where a statement's text uses secrets, in the order of the text. Raises StatementError."""
    return [placeholder for placeholder in _placeholders(tokenise(text)) if placeholder.secret]


def _placeholders(tokenised: TokenisedText) -> list[Placeholder]:
    found = [_placeholder(tokenised, opening) for opening in _openings(tokenised)]
    return sorted([*found, *_jars(tokenised)], key=lambda placeholder: placeholder.start)


def _jars(tokenised: TokenisedText) -> list[Placeholder]:
    """Return the paths of the bundle's jars, without their quotes: each is replaced by where the SQL Gateway finds the file."""
    return [
        Placeholder(name=parameter_of(token.value), secret=False, start=token.start + 1, end=token.end - 1, in_string=True)
        for token in relative_jars(tokenised)
    ]


def _openings(tokenised: TokenisedText) -> list[int]:
    """Return the offset of each `${` outside comments that does not begin one of Kafka's."""
    found: list[int] = []
    for opening in OPENING.finditer(tokenised.text):
        token = tokenised.token_at(opening.start())
        is_kafkas = token is not None and token.kind is TokenKind.STRING and _OF_KAFKA.match(tokenised.text, opening.start())
        if token is not None and not is_kafkas:
            found.append(opening.start())
    return found


def _placeholder(tokenised: TokenisedText, offset: int) -> Placeholder:
    match = PLACEHOLDER.match(tokenised.text, offset)
    if match is None:
        raise tokenised.problem(offset, f"this placeholder is malformed: {FORMS}")
    token = tokenised.token_at(offset)
    in_string = token is not None and token.kind is TokenKind.STRING
    if token is not None and in_string and not token.text.startswith("'"):
        raise tokenised.problem(offset, "a placeholder cannot stand in a prefixed string (U&'', X'', N''): use a plain one")
    return Placeholder(name=match["name"], secret=bool(match["secret"]), start=match.start(), end=match.end(), in_string=in_string)


def _value(tokenised: TokenisedText, placeholder: Placeholder, parameters: Mapping[str, str], secrets: Mapping[str, str] | None) -> str:
    """Return what replaces a placeholder. Messages name a secret and never show its value."""
    if placeholder.secret and not placeholder.in_string:
        message = f"the secret {placeholder.name} must stand in a string: '${{secret:{placeholder.name}}}'"
        raise tokenised.problem(placeholder.start, message)
    if placeholder.secret and secrets is None:
        return tokenised.text[placeholder.start : placeholder.end]
    values = (secrets or {}) if placeholder.secret else parameters
    if placeholder.name not in values:
        raise tokenised.problem(placeholder.start, _missing(placeholder, values))
    value = values[placeholder.name]
    if placeholder.in_string:
        if not placeholder.secret and "${" in value:
            raise tokenised.problem(placeholder.start, f"the value of {placeholder.name} holds a placeholder itself: give the final value")
        return value.replace("'", "''")
    _check_bare(tokenised, placeholder, value)
    return value


def _check_bare(tokenised: TokenisedText, placeholder: Placeholder, value: str) -> None:
    # Two dashes in a row would begin a comment and hide the rest of the line.
    double_dash = value.startswith("-") and tokenised.text[placeholder.start - 1 : placeholder.start] == "-"
    if double_dash or BARE_VALUE.fullmatch(value) is None:
        message = (
            f"the value of {placeholder.name} cannot stand outside a string: only letters, digits, `_`, `.` and single `-` can. "
            f"Put the placeholder in quotes or change the value, which is {value[:40]!r}"
        )
        raise tokenised.problem(placeholder.start, message)


def _missing(placeholder: Placeholder, values: Mapping[str, str]) -> str:
    if placeholder.secret:
        return _missing_secret(placeholder.name, values)
    if placeholder.name.startswith(PARAMETER):
        return missing_jar(placeholder.name, values)
    known = sorted(name for name in values if not name.startswith(PARAMETER))
    return f"there is no parameter {placeholder.name}.{_guess(placeholder.name, known)} Write one of: {', '.join(known) or 'none'}"


def _missing_secret(name: str, known: Collection[str]) -> str:
    remedy = f"Set it with `pulumi config set --secret secret.{name}`"
    return f"there is no value for the secret {name}.{_guess(name, known)} {remedy}. Known: {', '.join(sorted(known)) or 'none'}"


def _guess(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _statement_end(tokenised: TokenisedText) -> int:
    """Return the offset after the last token that is not a trailing `;`."""
    return next((token.end for token in reversed(tokenised.tokens) if token.text != ";"), 0)
