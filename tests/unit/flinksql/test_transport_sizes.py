"""Replies of fifty megabytes: a trace of deep recursion is read from its ends, and every row of a page is there."""

import json

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.gateway.classification import classify
from flinksql.flink.transport import MOST_CHARACTERS, Endpoint, Reply
from tests.fakes.http import Answer, serving

FRAMES = 1_000_000
FIRST = "org.apache.flink.table.api.ValidationException: SQL validation failed. From line 1, column 8 to line 1, column 9: nobody"
LAST = "Caused by: org.apache.calcite.runtime.CalciteContextException: it is not there"


def trace() -> str:
    """Return a trace as a planner that went too deep leaves it."""
    frames = "\n".join(f"\tat org.apache.calcite.rel.Deep.visit(Deep.java:{number})" for number in range(FRAMES))
    return f"{FIRST}\n{frames}\n{LAST}\n{frames}"


def test_the_frames_of_an_endless_trace_are_left_out() -> None:
    whole = trace()
    assert len(whole) > 50 * MOST_CHARACTERS
    read = Reply(status=500, text=json.dumps({"errors": ["Internal server error.", whole]})).errors
    assert len(read) <= MOST_CHARACTERS + 1
    assert classify(read) == classify(f"{FIRST}\n{LAST}")


def test_of_endless_messages_both_ends_are_read() -> None:
    whole = FIRST + "\nand so on" * 1_000_000 + f"\n{LAST}"
    read = Reply(status=500, text=json.dumps({"errors": [whole]})).errors
    assert len(read) == MOST_CHARACTERS + 1
    assert (read.startswith(FIRST), read.endswith(LAST)) == (True, True)


def test_a_page_of_fifty_megabytes_has_all_its_rows() -> None:
    cell = "x" * 500_000
    page = {
        "resultType": "EOS",
        "resultKind": "SUCCESS_WITH_CONTENT",
        "isQueryResult": True,
        "results": {
            "columns": [{"name": "a", "logicalType": {"type": "STRING", "nullable": True}}],
            "rowFormat": "JSON",
            "data": [{"kind": "INSERT", "fields": [f"{number}{cell}"]} for number in range(100)],
        },
    }

    def respond(method: str, path: str, _body: dict[str, object]) -> Answer:
        if method == "GET":
            return 200, page
        return 200, {"sessionHandle": "s", "operationHandle": "o", "status": "CLOSED"}

    with serving(respond) as server:
        client = GatewayClient(Endpoint(name="SQL Gateway", base_url=server.url))
        with client.session() as session:
            rows = session.execute("SELECT a FROM t").rows
    assert [len(str(row[0])) for row in rows] == [len(f"{number}{cell}") for number in range(100)]
