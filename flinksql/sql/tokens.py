"""Flink SQL text as tokens with their places, on sqlglot's tokenizer.

Only the lexical rules are Flink's: names in backticks, text in single quotes, `--`, `//` and `/* */` comments, hints `/*+ */` that count.
They are those of Apache Calcite's `Parser.jj` with the JAVA lexical policy, which Flink uses.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType
from sqlglot.tokens import Tokenizer

from flinksql.errors import StatementError
from flinksql.sql.characters import advice, is_foreign
from flinksql.sql.place import line_starts, position_at, problem_at
from flinksql.sql.text_cache import cached_unless_confidential
from flinksql.statement import Position

STRING_TYPES = frozenset({TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.UNICODE_STRING, TokenType.BYTE_STRING})
ESCAPE = re.compile(r"\\(?P<character>.)|''", re.DOTALL)
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
COMMENT = re.compile(r"(?:--|//)[^\r\n]*|/\*(?!\+).*?\*/", re.DOTALL)
WHITE_SPACE = " \t\n\r\f"


class FlinkTokenizer(Tokenizer):
    """sqlglot's tokenizer with Flink's lexical rules and without keywords: what a word means is decided by its place."""

    IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]
    UNICODE_STRINGS: ClassVar[list[str | tuple[str, str]]] = [(f"{prefix}'", "'") for prefix in ("U&", "u&", "X", "x")]
    # Text with escapes: in `E'it\\'s'` the quote after the backslash does not end it. sqlglot has such strings under this name.
    BYTE_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("E'", "'"), ("e'", "'")]
    BYTE_STRING_ESCAPES: ClassVar[list[str]] = ["'", "\\"]
    COMMENTS: ClassVar[list[str | tuple[str, str]]] = ["--", "//", ("/*", "*/")]
    NESTED_COMMENTS = False
    COMMANDS: ClassVar[set[TokenType]] = set()
    # A hint is made of tokens between `/*+` and `*/`. Named as a hint start, sqlglot would take it for one comment.
    HINT_START = "\0"
    KEYWORDS: ClassVar[dict[str, TokenType]] = dict.fromkeys(("/*+", "*/", "||", ">=", "<=", "<>", "!=", "=>"), TokenType.UNKNOWN)

    def __init__(self) -> None:
        super().__init__()
        # Every sqlglot tokenizer also takes `{#` for the start of a Jinja comment and would swallow SQL up to `#}`.
        self._core.comments = {start: end for start, end in self._COMMENTS.items() if start != "{#"}


class TokenKind(StrEnum):
    """What a token is, as far as its text alone can tell."""

    WORD = "word"
    QUOTED = "quoted name"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A piece of SQL. `text` is verbatim, `start` and `end` are offsets in the text (end not included), line and column count from 1."""

    kind: TokenKind
    text: str
    start: int
    end: int
    line: int
    column: int

    @property
    def is_name(self) -> bool:
        """Whether the token can be a name or a part of one."""
        return self.kind in {TokenKind.WORD, TokenKind.QUOTED}

    @property
    def value(self) -> str:
        """The name or the text that is meant: without quotes, doubled quotes undone."""
        if self.kind is TokenKind.QUOTED:
            return self.text[1:-1].replace("``", "`")
        if self.kind is TokenKind.STRING:
            inner = self.text[self.text.index("'") + 1 : -1]
            return ESCAPE.sub(_unescaped, inner) if self.text[0] in "Ee" else inner.replace("''", "'")
        return self.text

    def is_word(self, *words: str) -> bool:
        """Return whether the token is one of these keywords, given in capitals. A name in backticks never is."""
        return self.kind is TokenKind.WORD and self.text.upper() in words


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment, verbatim with its marks, and the offset where it begins."""

    text: str
    start: int


@dataclass(frozen=True, kw_only=True)
class TokenisedText:
    """A text, its tokens and its comments in the order of the text."""

    text: str
    file: str
    tokens: tuple[Token, ...]
    comments: tuple[Comment, ...]

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        return position_at(self.text, offset, self.file)

    def problem(self, offset: int, message: str) -> StatementError:
        """Return the error that says `message` at an offset."""
        return problem_at(self.text, offset, self.file, message)

    def token_at(self, offset: int) -> Token | None:
        """Return the token that covers an offset, or None within white space and comments."""
        return next((token for token in self.tokens if token.start <= offset < token.end), None)


# A closure's statements are read again for every job that depends on them: remembered, 100 jobs cost little more than one. A bundle of a
# thousand statements has each as written and as rendered; with fewer places each reading of all of them finds none.
@cached_unless_confidential(maxsize=16_384)
def tokenise(text: str, file: str = "") -> TokenisedText:
    """Split a text into tokens. `file` is for messages only.

    Raises StatementError for a string, quoted name, comment or hint that does not end, and for characters that Flink SQL does not have.
    """
    tokenizer = FlinkTokenizer()
    starts = line_starts(text)
    unfinished = False
    try:
        tokenizer.tokenize(text)
    except TokenError:
        unfinished = True
    tokens: list[Token] = []
    comments: list[Comment] = []
    end = 0
    for raw in tokenizer.tokens:
        comments += _comments_between(text, end, raw.start, file)
        tokens.append(_token(text, (raw.start, raw.end + 1), raw.token_type, file, starts))
        end = raw.end + 1
    if unfinished:
        raise _unfinished(text, end, file)
    comments += _comments_between(text, end, len(text), file)
    _check_hints(text, tokens, file)
    return TokenisedText(text=text, file=file, tokens=tuple(tokens), comments=tuple(comments))


def _token(text: str, place: tuple[int, int], token_type: TokenType, file: str, starts: Sequence[int]) -> Token:
    start, end = place
    verbatim = text[start:end]
    if verbatim == '"':
        message = "Flink SQL has no double quotes: write names in backticks (`name`) and text in single quotes ('text')"
        raise problem_at(text, start, file, message)
    kind = _kind(verbatim, token_type)
    if kind in {TokenKind.WORD, TokenKind.SYMBOL, TokenKind.NUMBER}:
        _refuse_foreign(text, start, verbatim, file)
    if kind is TokenKind.QUOTED and ("\n" in verbatim or "\r" in verbatim):
        raise problem_at(text, start, file, "this quoted name does not end on its line: close it with ` (written twice within a name)")
    position = position_at(text, start, file, starts)
    return Token(kind=kind, text=verbatim, start=start, end=end, line=position.line, column=position.column)


def _unescaped(match: re.Match[str]) -> str:
    character = match["character"]
    return "'" if character is None else ESCAPED.get(character, character)


def _refuse_foreign(text: str, start: int, verbatim: str, file: str) -> None:
    for offset, character in enumerate(verbatim):
        if is_foreign(character):
            raise problem_at(text, start + offset, file, advice(character))


def _kind(verbatim: str, token_type: TokenType) -> TokenKind:
    if token_type in STRING_TYPES:
        return TokenKind.STRING
    if verbatim[0] == "`":
        return TokenKind.QUOTED
    if verbatim[0].isdigit():
        return TokenKind.NUMBER
    return TokenKind.WORD if verbatim[0].isalpha() or verbatim[0] in "_$" else TokenKind.SYMBOL


def _comments_between(text: str, start: int, end: int, file: str) -> list[Comment]:
    """Return the comments between two tokens; everything else there must be white space that Flink knows."""
    comments: list[Comment] = []
    offset = start
    while offset < end:
        if text[offset] in WHITE_SPACE:
            offset += 1
            continue
        comment = COMMENT.match(text, offset, end)
        if comment is None:
            raise _unfinished(text, offset, file)
        comments.append(Comment(text=comment.group(), start=offset))
        offset = comment.end()
    return comments


def _unfinished(text: str, offset: int, file: str) -> StatementError:
    """Return the error for the first thing after `offset` that is neither white space nor a whole comment."""
    while offset < len(text):
        comment = COMMENT.match(text, offset)
        if comment is None and text[offset] not in WHITE_SPACE:
            break
        offset = comment.end() if comment else offset + 1
    opening = text[offset : offset + 2]
    if opening == "/*":
        return problem_at(text, offset, file, "this comment does not end: close it with */")
    if opening[:1] == "`":
        return problem_at(text, offset, file, "this quoted name does not end: close it with ` (written twice within a name)")
    if "'" in text[offset : offset + 3]:
        return problem_at(text, offset, file, "this text does not end: close it with ' (a quote within text is written twice)")
    return problem_at(text, offset, file, advice(opening[0]) if opening else "the text ends too early")


def _check_hints(text: str, tokens: list[Token], file: str) -> None:
    opened: Token | None = None
    for token in tokens:
        if token.text == "/*+":
            opened = token
        elif token.text == "*/":
            opened = None
    if opened:
        raise problem_at(text, opened.start, file, "this hint does not end: close it with */")
