"""What a bundle's manifest, `bundle.yaml`, may say: one model for each noun. The JSON schema for editors is generated from these models.

A bundle needs no manifest. Everything that its SQL files cannot say, and everything that the command line shows of it, stands here.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from flinksql.sql.parameter_types import ParameterType, allowed_text, conforms
from flinksql.sql.templates import field_template, parse_template

FILE = "bundle.yaml"
NAME = r"^[a-z][a-z0-9_]*$"
CATALOG = r"^[A-Za-z][A-Za-z0-9_]*$"
PATH_SHARED = "shared"
AUTO = "auto"
EVERY_LINE = ""
"""Stands for every Flink line."""


class _OrText:
    """A list or an object that may be written as one text: the schema says so."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise ValueError("it must be a text, a number, true or false: put anything else in quotes")  # noqa: TRY004  # pydantic tells ValueErrors
    return value


def _as_kafka_writes_it(value: object) -> object:
    """YAML reads `true` and `604800000` as what they are; Kafka's own tool takes texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _as_jar(value: object) -> object:
    """YAML reads the Flink line of `2.2: ...` as a number."""
    if isinstance(value, str):
        return {EVERY_LINE: value}
    return {str(line): one for line, one in value.items()} if isinstance(value, Mapping) else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_column(value: object) -> object:
    return {"value": field_template(value), "title": value} if isinstance(value, str) else value


Scalar = Annotated[Any, BeforeValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]
KafkaValue = Annotated[str, BeforeValidator(_as_kafka_writes_it), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Coordinate = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+){2,3}$")]
JarByLine = Annotated[Mapping[str, Coordinate], BeforeValidator(_as_jar), _OrText()]
Columns = Annotated[tuple[str, ...], BeforeValidator(_as_list), _OrText()]


def _template(value: str) -> str:
    parse_template(value)
    return value


TemplateText = Annotated[str, AfterValidator(_template)]


class _Part(BaseModel):
    # Built when the first manifest is read: a process of providers reads none.
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True)


class ParameterManifest(_Part):
    """A value that reaches SQL as `${name}`. A stack sets it with `bundle.parameters.<name>`, unless it is computed."""

    type: ParameterType = ParameterType.STRING
    default: Scalar = None
    """The value where the stack sets none. Without it the stack must set one."""
    value: str = ""
    """An expression over other parameters. Such a parameter is computed and cannot be set."""
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[Scalar, ...] = ()
    """The only values."""
    pattern: str = ""
    """A regular expression that the whole text matches."""
    description: str = ""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.value and self.default is not None:
            raise ValueError("a parameter has a `default` or is computed by `value`: keep one of them")
        if self.type not in {ParameterType.INTEGER, ParameterType.NUMBER} and (self.minimum is not None or self.maximum is not None):
            raise ValueError(f"`minimum` and `maximum` are for numbers, and the type is {self.type}")
        if self.pattern:
            if self.type is not ParameterType.STRING:
                raise ValueError(f"`pattern` is for texts, and the type is {self.type}")
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"`pattern` is no regular expression: {error}") from None
        for one in (*self.allowed, *([] if self.default is None else [self.default])):
            if not conforms(self, one):
                raise ValueError(f"{one!r} is not {allowed_text(self)}")
        return self


class TopicManifest(_Part):
    """What holds for one topic."""

    owned: bool = True
    """False: the topic is external. It must exist; it is never created, changed or deleted."""
    partitions: Annotated[int, Field(ge=0, le=10_000)] = 0
    """0: the stack's `topics.partitions`. For an external topic, what it is expected to have; 0 expects nothing."""
    replication: Annotated[int, Field(ge=0, le=100)] = 0
    """0: the stack's `topics.replication`."""
    config: Mapping[str, KafkaValue] = {}
    """Kafka's own keys, such as `retention.ms`."""
    key_format: Literal["", "raw", "json"] = ""
    """How keys of samples are written: raw (the text) or json (an object of the key's fields). By default as the table says, else raw."""
    keep_data: bool = False
    """True: the topic stays when the stack is destroyed, also where `topics.deleteOnDestroy` is true."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not self.owned and (self.config or self.replication):
            raise ValueError("an external topic (`owned: false`) is never configured: remove `config` and `replication`")
        return self


class PromptManifest(_Part):
    """Files of a prompt, relative to the bundle's folder. `${prompt_NAME}` in SQL is the text with the schema after it."""

    text: str
    json_schema: str = Field(default="", alias="schema")
    """A JSON schema of the answers. Optional."""


class ModelManifest(_Part):
    """How the bundle's statements call their model."""

    path: Literal["own", "shared"] = "own"
    """own: each statement calls a path of its own, so that none waits for another. shared: all call `/v1/chat/completions`."""
    lanes: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = 1
    """Lanes of each job that calls a model and whose header does not say otherwise: five calls in flight for each."""


class _Place(_Part):
    table: str = ""
    """A table of the bundle."""
    topic: str = ""
    """A topic, without the stack's prefix; in place of a table."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if bool(self.table) == bool(self.topic):
            raise ValueError("name a `table` or a `topic`, one of them")
        return self


class SampleManifest(_Place):
    """Records to feed: a file with one record a line, or rows of CSV below a line of column names."""

    file: str
    """Relative to the bundle's folder."""
    key: Columns = ()
    """Fields of a JSON record that make the record's key. Without one, records have no key."""
    id: str = ""
    """A field that tells records apart. When a file is fed several times, the round is added to it."""
    time: str = ""
    """A field with a time stamp. When samples are fed, the times of a file are moved together, so that the last one is now."""
    headers: Mapping[str, TemplateText] = {}
    """Kafka's headers by name: texts with fields of the record in braces, in the notation of a column's `value`."""
    malformed: bool = False
    """True: records that the pipeline must set aside. A line is `{"note": ..., "base64": ...}`, the record's bytes in base64."""


class ColumnManifest(_Part):
    """A column of what is shown. A text alone is the name of a field.

    `value` is a text with fields in braces: `{name}`, `{price:.2f}`, `{answer.title}` for a field of JSON in a field, and
    `{a|b|'none'}` for the first that is there.
    """

    value: TemplateText
    title: str = ""
    align: Literal["left", "right"] = "left"
    styles: Mapping[str, str] = {}
    """A style of the terminal by value, such as `late: red`."""


class ShowManifest(_Place):
    """What `watch` shows: the newest record of each key as a table, or a line for each record."""

    key: Columns = ()
    """Fields that tell rows of the table apart. Without them every record is a row."""
    columns: tuple[Annotated[ColumnManifest, BeforeValidator(_as_column), _OrText()], ...] = ()
    """All fields of the record when there are none."""
    line: TemplateText = ""
    """How a record is written as one line, in the notation of a column's `value`."""
    one: str = "result"
    """What a record is called."""
    many: str = "results"
    """What several records are called."""


class DemoManifest(_Part):
    """What the demonstration waits for after it has fed the samples. All that is given must hold."""

    within_seconds: Annotated[Any, BeforeValidator(_scalar), WithJsonSchema({"type": ["number", "string"]})] = 120
    """A number, or an expression over parameters."""
    rows: Annotated[int, Field(ge=1)] = 1
    """Results that must come."""
    covers: str = ""
    """A column that counts sample records: its sum over the results must reach the number of well-formed sample records."""
    every_key: bool = False
    """Each key of the well-formed samples must be among the keys of the results."""


class EvaluationManifest(_Part):
    """How answers of a model are judged by `evaluate`, over a file of cases."""

    cases: str = ""
    """A file with one JSON object a line, relative to the bundle's folder. The stack's `evaluation.set` wins."""
    input: str = "input"
    """The field of a case that is put to the model: a text, or anything else as JSON."""
    label: str
    """A field of the answer, and of the case, which must be equal."""
    quotations: Columns = ()
    """Fields of the answer whose texts must be supported by the input."""


class Manifest(_Part):
    """A bundle: SQL files with what they cannot say."""

    description: str = ""
    default: bool = False
    """True: the bundle of a stack that names none. One bundle below `sql/` may say so."""
    parameters: Mapping[Annotated[str, Field(pattern=NAME)], ParameterManifest] = {}
    topics: Mapping[str, TopicManifest] = {}
    """By name, without the stack's prefix. A topic that is not named is the stack's own, with the broker's defaults."""
    prompts: Mapping[Annotated[str, Field(pattern=NAME)], PromptManifest] = {}
    model: ModelManifest = ModelManifest()
    samples: tuple[SampleManifest, ...] = ()
    show: ShowManifest | None = None
    demo: DemoManifest = DemoManifest()
    evaluation: EvaluationManifest | None = None
    options: Mapping[str, KafkaValue] = {}
    """Flink's options for every job of the bundle, such as `table.exec.state.ttl: 1 h`. A line in a job's header wins."""
    jars: tuple[JarByLine, ...] = ()
    """Maven coordinates `group:artifact:version` of connectors, formats and catalogs; by Flink line (`2.2: ...`) where they differ.

    Their checksums stand in `jars.lock` beside this file. Their dependencies are not fetched.
    """
    catalogs: Mapping[Annotated[str, Field(pattern=CATALOG)], Mapping[str, KafkaValue]] = {}
    """Catalogs that outlive a session, each by the options of its CREATE CATALOG; values may hold `${...}` placeholders.

    SQL names their tables as `catalog.database.table`. What is in them is somebody else's: it is read and written, never created.
    """
    public: tuple[str, ...] = ()
    """Topics that others read, without the stack's prefix. Their records lose no column, and change no type, key or format."""
