"""What a file of tests may say: one model for each noun. The JSON schema for editors is generated from these models."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

FOLDER = "tests"
"""Below the bundle's folder."""
KINDS = ("+I", "-U", "+U", "-D")
"""What a row of a changelog does, in Flink's own notation."""
ARRIVAL = "$at"
"""The key of a given row that says when it arrives."""

Row = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
Match = Literal["", "any order", "exact", "subset", "changelog", "final"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_rows(value: object) -> object:
    return {"rows": value} if isinstance(value, list) else value


def _as_answers(value: object) -> object:
    return {"answers": value} if isinstance(value, list) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class GivenRows(_Part):
    """The rows of a table that is read, in the order in which they arrive. A list alone is its rows.

    A row has a value for each column that matters; the others are NULL. `$at` says when it arrives: a moment, or the seconds since the
    test's start. A table with a changelog takes `+I`, `-U`, `+U` or `-D` before a row: `- -D: {id: 1}`.
    """

    rows: tuple[Row, ...] = ()
    file: str = ""
    """A file with rows instead, relative to the file of tests: JSON lines (`.jsonl`) or CSV with a header (`.csv`)."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if self.rows and self.file:
            raise ValueError("rows stand in `rows` or in `file`: keep one of them")
        return self


class Answer(_Part):
    """What the model answers. The first whose `when` is found in the model's input counts."""

    when: str = ""
    """A regular expression that is searched in the model's input. Without it the answer is for every input."""
    answer: Any = None
    """The text of the answer; keys and values are written as JSON."""
    error: Annotated[int, Field(ge=400, le=599)] | None = None
    """The HTTP status of a refusal instead of an answer."""
    delay_seconds: Annotated[float, Field(ge=0, le=300)] = 0

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.answer is not None and self.error is not None:
            raise ValueError("a model answers or refuses: keep `answer` or `error`")
        try:
            re.compile(self.when)
        except re.error as error:
            raise ValueError(f"`when` is no regular expression: {error}") from None
        return self


class ModelAnswers(_Part):
    """How a model behaves. A list alone is its answers."""

    answers: tuple[Answer, ...] = ()
    calls: Annotated[int, Field(ge=0)] | None = None
    """How many calls the statement makes, if that matters: each call of the real model is paid for."""


class ExpectedRows(_Part):
    """What reaches a table that is written. A list alone is its rows.

    Columns are compared that at least one of the rows names; a row that leaves one out expects NULL there.
    """

    rows: tuple[Row, ...] | None = None
    file: str = ""
    """A file with rows instead, relative to the file of tests."""
    match: Match = ""
    """How rows are compared: `any order`, `exact` (in this order), `subset` (others may come too), `changelog` (every change in its
    order, with its kind), `final` (what remains when all changes are applied). By default `final` for a table with a changelog, else
    `any order`."""
    ignore: tuple[str, ...] = ()
    """Columns that do not matter."""
    approximate: Annotated[float, Field(ge=0)] = 0
    """The largest difference of two numbers that count as equal."""
    count: Annotated[int, Field(ge=0)] | None = None
    """How many rows come."""
    holds: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    """Conditions in SQL that are true for every row."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.rows is not None and self.file:
            raise ValueError("rows stand in `rows` or in `file`: keep one of them")
        if self.rows is None and not self.file and self.count is None and not self.holds:
            raise ValueError("this expects nothing: give `rows`, `file`, `count` or `holds`")
        return self


class Case(_Part):
    """One test."""

    name: Annotated[str, Field(min_length=1)]
    statement: Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]
    """The statement under test, or several: a path. What one writes, the next one reads."""
    parameters: Mapping[str, str | int | float | bool] = {}
    """Values of the bundle's parameters, over those of the file."""
    given: Mapping[str, Annotated[GivenRows, BeforeValidator(_as_rows)]] = {}
    models: Mapping[str, Annotated[ModelAnswers, BeforeValidator(_as_answers)]] = {}
    """What each model answers."""
    expect: Mapping[str, Annotated[ExpectedRows, BeforeValidator(_as_rows)]] = {}
    refused: str = ""
    """A part of the message with which Flink refuses the statement or ends its job. Such a test expects no rows."""
    processing_time: Literal["", "controlled", "real"] = ""
    """`controlled`: PROCTIME() is the moment at which a row arrives by the test. `real`: the machine's clock. By default controlled
    where a window, a pattern or a range goes by it."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 300

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if bool(self.expect) == bool(self.refused):
            raise ValueError("a test has either `expect` or `refused`")
        return self


class TestFile(_Part):
    """The file: tests, and what they share."""

    __test__ = False

    parameters: Mapping[str, str | int | float | bool] = {}
    """Values of the bundle's parameters for all tests of the file."""
    given: Mapping[str, Annotated[GivenRows, BeforeValidator(_as_rows)]] = {}
    """Rows that all tests of the file have that do not give rows for the table themselves."""
    models: Mapping[str, Annotated[ModelAnswers, BeforeValidator(_as_answers)]] = {}
    tests: tuple[Case, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = [one.name for one in self.tests]
        twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
        if twice is not None:
            raise ValueError(f"two tests are called {twice!r}: rename one")
        return self
