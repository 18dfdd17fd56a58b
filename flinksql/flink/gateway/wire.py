"""JSON shapes of the SQL Gateway REST API, version 2, as Flink 2.1 to 2.3 send them. Unknown fields are ignored."""

from enum import StrEnum

from pydantic import Field, JsonValue

from flinksql.flink.transport import Wire


class Information(Wire):
    """`GET /info`. `version` is that of the running Flink classes, `2.2.1`."""

    product_name: str = Field(alias="productName")
    version: str


class SessionOpened(Wire):
    """`POST /sessions`."""

    session_handle: str = Field(alias="sessionHandle", min_length=1)


class StatementAccepted(Wire):
    """`POST /sessions/:s/statements`. The statement's own errors come later, with its result."""

    operation_handle: str = Field(alias="operationHandle", min_length=1)


class ResultType(StrEnum):
    """Where fetching stands: ask again, a page, or the end."""

    NOT_READY = "NOT_READY"
    PAYLOAD = "PAYLOAD"
    EOS = "EOS"


class Column(Wire):
    """A column of a result."""

    name: str


class Row(Wire):
    """A row of a result. `kind` is INSERT but for a query over changes: UPDATE_BEFORE, UPDATE_AFTER, DELETE."""

    kind: str = "INSERT"
    fields: tuple[JsonValue, ...] = ()


class Page(Wire):
    """A page's rows."""

    columns: tuple[Column, ...] = ()
    data: tuple[Row, ...] = ()


class ResultPage(Wire):
    """`GET /sessions/:s/operations/:o/result/:token`. `job_id` is there for statements that submit a job."""

    result_type: ResultType = Field(alias="resultType")
    job_id: str | None = Field(default=None, alias="jobID")
    results: Page | None = None
    next_result_uri: str | None = Field(default=None, alias="nextResultUri")
