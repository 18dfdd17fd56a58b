"""Lanes: a job that calls a model through several clients of Flink's, each with calls of its own in flight.

Flink keeps five calls in flight for each endpoint of a TaskManager, whoever makes them. So each job calls its models under its own name,
and a job with `lanes: n` in its header divides the rows of each ML_PREDICT into n parts: the same call n times, each with a model of its
own name and path, united again. The first lane keeps the model's name. No row is in two parts or in none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from flinksql.errors import StatementError
from flinksql.sql.placeholders import PLACEHOLDER
from flinksql.sql.prediction import Prediction, Unread, predictions
from flinksql.sql.tokens import Token, TokenisedText, tokenise
from flinksql.statement import Definition, Kind, Statement

MARK = "{lane-of-this-statement}"
"""In the value of a parameter: where the name of the lane goes that uses it."""
CALLS_OF_A_LANE = 5
"""Calls that Flink's client keeps in flight for one endpoint."""
_LANE_OBJECT = re.compile(r"__lane_[0-9]+$")
_ALL = "SELECT * FROM "


def in_lanes(definition: Definition, lanes: int, key: str = "") -> Definition:
    """Return the definition with a path of its own for each lane of its job; `key` is the column by which rows are divided.

    An empty `key` stands for the column that the model is asked about. Raises StatementError where a job cannot be divided.
    """
    marked = {name: value for name, value in definition.parameters.items() if MARK in value}
    own = {name: value.replace(MARK, lane_name(definition.identity, 1)) for name, value in marked.items()}
    if lanes <= 1 or definition.statement.kind is Kind.CATALOG_OBJECT:
        return replace(definition, parameters={**definition.parameters, **own})
    *closure, statement = _Division(definition=definition, lanes=lanes, key=key, marked=marked).divided()
    own |= {
        lane_parameter(name, lane): value.replace(MARK, lane_name(definition.identity, lane))
        for name, value in marked.items()
        for lane in range(2, lanes + 1)
    }
    return replace(definition, statement=statement, closure=tuple(closure), parameters={**definition.parameters, **own})


def lane_name(statement: str, lane: int) -> str:
    """Return the name of a statement's lane, counted from 1, as it appears in the path and in the model gateway's log."""
    return statement if lane == 1 else f"{statement}-{lane}"


def lane_parameter(name: str, lane: int) -> str:
    """Return the name of the parameter that a lane above the first uses instead of another."""
    return f"{name}.lane-{lane}"


def lane_object(name: str, lane: int) -> str:
    """Return the name of a model, or of its statement, in a lane."""
    return name if lane == 1 else f"{name}__lane_{lane}"


def is_lane_object(name: str) -> bool:
    """Tell whether a model, or its statement, is one that was made for a lane: it has no file."""
    return _LANE_OBJECT.search(name) is not None


def rows_of_lane(key: str, lanes: int, lane: int) -> str:
    """Return the condition of the rows of a lane. A number divides by itself, so that neighbours go to different lanes; else its hash."""
    text = f"CAST({key} AS STRING)"
    number = f"COALESCE(TRY_CAST({text} AS BIGINT), CAST(HASH_CODE({text}) AS BIGINT), CAST(0 AS BIGINT))"
    # Twice, because the remainder of a negative number is negative.
    return f"MOD(MOD({number}, {lanes}) + {lanes}, {lanes}) = {lane - 1}"


@dataclass(kw_only=True)
class _Division:
    """The work on one definition. `marked` are the parameters whose value names the lane."""

    definition: Definition
    lanes: int
    key: str
    marked: Mapping[str, str]
    asked: dict[str, StatementError] = field(default_factory=dict)
    """The models that are called, each with what is wrong when nothing creates it."""

    def divided(self) -> list[Statement]:
        """Return the closure with its models for each lane, and the job at the end."""
        statements = [self._calling(one) for one in (*self.definition.closure, self.definition.statement)]
        if not self.asked:
            job = tokenise(self.definition.statement.text, self.definition.statement.file)
            raise job.problem(job.tokens[0].start, "the header has `lanes`, and this job calls no model: remove the line")
        made: list[Statement] = []
        for statement in statements:
            made.append(statement)
            name = _model_made(tokenise(statement.text, statement.file))
            if name is not None and name.value in self.asked:
                del self.asked[name.value]
                made += [self._model(statement, name, lane) for lane in range(2, self.lanes + 1)]
        for problem in self.asked.values():
            raise problem
        return made

    def _calling(self, statement: Statement) -> Statement:
        read = tokenise(statement.text, statement.file)
        text = statement.text
        for call in reversed(predictions(read)):
            if isinstance(call, Unread):
                message = "a job with lanes divides calls of the form `FROM ML_PREDICT(TABLE name, MODEL name, DESCRIPTOR(column), ...)`"
                raise read.problem(call.start, f"{message}: write this one so")
            message = f"the job has lanes, each with a model of its own, and no statement of the bundle creates {call.model.value}"
            self.asked.setdefault(call.model.value, read.problem(call.model.start, message))
            text = text[: call.start] + self._branches(read, call) + text[call.end :]
        return replace(statement, text=text, written=statement.text if text != statement.text else "")

    def _branches(self, read: TokenisedText, call: Prediction) -> str:
        """Return the call for each lane. The first keeps its lines, and the others add none, so that places below stay."""
        first, *others = (self._branch(read.text, call, lane) for lane in range(1, self.lanes + 1))
        return f"({' UNION ALL '.join(_ALL + branch for branch in (first, *map(_on_one_line, others)))})"

    def _branch(self, text: str, call: Prediction, lane: int) -> str:
        key = f"`{self.key}`" if self.key else call.asked.text
        rows = f"({_ALL}{text[slice(*call.rows)]} WHERE {rows_of_lane(key, self.lanes, lane)})"
        replaced = [
            (call.given, call.rows[1], rows),
            (call.model.start, call.model.end, f"`{lane_object(call.model.value, lane)}`"),
        ]
        for start, end, by in sorted(replaced, reverse=True):
            text = text[:start] + by + text[end:]
        grown = sum(len(by) - (end - start) for start, end, by in replaced)
        return text[call.start : call.end + grown]

    def _model(self, statement: Statement, name: Token, lane: int) -> Statement:
        """Return the statement that creates a model for a lane."""
        text = f"{statement.text[: name.start]}`{lane_object(name.value, lane)}`{statement.text[name.end :]}"
        own = PLACEHOLDER.sub(
            lambda found: f"${{{lane_parameter(found['name'], lane)}}}" if found["name"] in self.marked else found[0], text
        )
        if own == text:
            message = "a job that calls this model has lanes, which would all call one endpoint: write 'endpoint' = '${model_endpoint}'"
            raise tokenise(statement.text, statement.file).problem(name.start, message)
        return replace(statement, name=lane_object(statement.name, lane), text=own)


def _model_made(read: TokenisedText) -> Token | None:
    """Return the name of the model that a statement creates."""
    words = [token for token in read.tokens[:4] if not token.is_word("TEMPORARY")]
    made = len(words) > len(("CREATE", "MODEL")) and words[0].is_word("CREATE") and words[1].is_word("MODEL") and words[2].is_name
    return words[2] if made else None


def _on_one_line(text: str) -> str:
    """Return a text without comments and line breaks."""
    tokens = tokenise(text).tokens
    pieces = [tokens[0].text]
    for before, token in pairwise(tokens):
        pieces += ["" if before.end == token.start else " ", token.text]
    return "".join(pieces)
