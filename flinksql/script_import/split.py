"""A script as pieces: one statement each, with the comments that belong to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flinksql.errors import StatementError
from flinksql.sql.placeholders import PLACEHOLDER
from flinksql.sql.tokens import Comment, Token, TokenisedText, TokenKind, tokenise
from flinksql.statement import Position

_SET = ("STATEMENT", "SET")
_SET_WITHIN = 8
"""So many words may stand before a statement set: `COMPILE AND EXECUTE PLAN '...' FOR STATEMENT SET`."""
_NO_SET = ("CREATE", "INSERT", "SELECT", "WITH", "SET")
_PROMPT = ("FLINK", "SQL", ">")
_MASK = "'...'"
_TITLE_WIDTH = 60


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One statement of a script. `tokens` are those of the statement without the `;` at its end; all offsets are in the script."""

    script: TokenisedText
    tokens: tuple[Token, ...]
    above: tuple[Comment, ...] = ()
    after: tuple[Comment, ...] = ()
    """Comments between its last token and its `;`, on the line of the `;`, and after the script's last statement."""

    @property
    def start(self) -> int:
        """The offset of its first token."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """The offset after its last token."""
        return self.tokens[-1].end

    @property
    def position(self) -> Position:
        """Where it begins in the script."""
        return self.script.position(self.start)

    @property
    def inner(self) -> tuple[Comment, ...]:
        """Comments between its tokens."""
        return tuple(one for one in self.script.comments if self.start < one.start < self.end)

    @property
    def title(self) -> str:
        """How it begins, on one line. Texts in quotes are left out: they may be secrets."""
        shown = 2 if self.tokens[0].is_word("SET", "RESET") else 0
        pieces: list[str] = []
        end = self.start
        for number, token in enumerate(self.tokens):
            gap = " " if token.start > end else ""
            pieces.append(gap + (_MASK if token.kind is TokenKind.STRING and number >= shown else token.text))
            end = token.end
            if sum(map(len, pieces)) > _TITLE_WIDTH:
                return "".join(pieces)[: _TITLE_WIDTH - 4].rstrip() + " ..."
        return "".join(pieces)

    def is_at(self, index: int, *words: str) -> bool:
        """Return whether these words, in capitals, stand at a token and after it."""
        found = self.tokens[index : index + len(words)]
        return len(found) == len(words) and all(token.text.upper() == word for token, word in zip(found, words, strict=True))

    def problem(self, index: int, message: str) -> StatementError:
        """Return the error that says `message` at a token."""
        return self.script.problem(self.tokens[min(index, len(self.tokens) - 1)].start, message)


def split_script(text: str, file: str) -> list[Piece]:
    """Split a script at its `;`: those in texts, names, comments, hints and statement sets end nothing.

    Raises StatementError for what cannot be told apart: text or a comment that does not end, a statement set without END.
    """
    script = _with_whole_names(tokenise(text, file))
    groups = list(_groups(script))
    pieces: list[Piece] = []
    begin = 0
    for number, (tokens, end) in enumerate(groups):
        last = number + 1 == len(groups)
        line_end = len(text) if last else _end_of_line(text, end)
        following = len(text) if last else groups[number + 1][0][0].start
        above = tuple(one for one in script.comments if begin <= one.start < tokens[0].start)
        after = tuple(one for one in script.comments if tokens[-1].end <= one.start < min(line_end, following))
        pieces.append(Piece(script=script, tokens=tokens, above=above, after=after))
        begin = max(end, after[-1].start + len(after[-1].text)) if after else end
    return pieces


def foreign_marks(piece: Piece) -> StatementError | None:
    """Return what is wrong where a statement has marks that Flink SQL does not: a template, or the end of a comment that is none."""
    hints = 0
    for index, token in enumerate(piece.tokens):
        hints += {"/*+": 1, "*/": -1}.get(token.text, 0)
        if hints < 0:
            return piece.problem(index, "no comment is open here: comments do not nest, the one before ended at its first */")
        if piece.is_at(index, "{", "{"):
            message = "{{ ... }} is of another tool, such as dbt: fill it in first, or write ${name} and set a parameter of the bundle"
            return piece.problem(index, message)
    return None


def _with_whole_names(script: TokenisedText) -> TokenisedText:
    """Make one token of a name that has placeholders in it, such as `${env}_events`."""
    tokens: list[Token] = []
    for token in script.tokens:
        last = tokens[-1] if tokens else None
        if last is not None and token.end <= last.end:
            continue
        placeholder = PLACEHOLDER.match(script.text, token.end - 1) if token.kind is TokenKind.WORD and token.text[-1] == "$" else None
        end = placeholder.end() if placeholder and not placeholder["secret"] else token.end
        is_part = last is not None and last.text[-1] == "}" and last.end == token.start and token.kind in {TokenKind.WORD, TokenKind.NUMBER}
        if last is not None and is_part:
            tokens[-1] = replace(last, text=script.text[last.start : end], end=end)
        else:
            tokens.append(replace(token, text=script.text[token.start : end], end=end))
    return replace(script, tokens=tuple(tokens))


def _groups(script: TokenisedText) -> Iterator[tuple[tuple[Token, ...], int]]:
    """Yield the tokens of each statement, and the offset after its `;`."""
    tokens = script.tokens
    index = 0
    while index < len(tokens):
        if tokens[index].text == ";":
            index += 1
            continue
        index += len(_PROMPT) if _starts(tokens, index, _PROMPT) else 0
        end = _end(script, tokens, index)
        if end == index:
            continue
        closed = end < len(tokens)
        yield tuple(tokens[index:end]), tokens[end].end if closed else len(script.text)
        index = end + 1


def _end(script: TokenisedText, tokens: Sequence[Token], start: int) -> int:
    """Return the index of the `;` that ends a statement, or the end of the script."""
    in_set = not tokens[start].is_word(*_NO_SET) and any(
        _starts(tokens, index, _SET) and ";" not in {token.text for token in tokens[start:index]}
        for index in range(start, start + _SET_WITHIN)
    )
    for index in range(start, len(tokens)):
        if tokens[index].text == ";" and not (in_set and not _is_end_of_set(tokens, index, start)):
            return index
    if in_set and not _is_end_of_set(tokens, len(tokens), start):
        raise script.problem(tokens[start].start, "this statement set does not end: after its last INSERT and `;` comes END;")
    return len(tokens)


def _is_end_of_set(tokens: Sequence[Token], index: int, start: int) -> bool:
    """Return whether the token before is the END of a set: one that begins a statement, and none of a CASE."""
    return index - 2 > start and tokens[index - 1].is_word("END") and (tokens[index - 2].text == ";" or tokens[index - 2].is_word("BEGIN"))


def _starts(tokens: Sequence[Token], index: int, words: Sequence[str]) -> bool:
    found = [token.text.upper() for token in tokens[index : index + len(words)]]
    return found == list(words)


def _end_of_line(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found
