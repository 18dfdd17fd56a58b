"""`python -m tests.verdict.record GATEWAY_URL LINE FOLDER`: record what a real gateway says of edits and mistakes, for unit tests.

The recordings lie in `tests/cases/verdict/plans-LINE.json` (the plans of each edit's two jobs) and `tests/cases/errors/recorded-LINE.json`.
FOLDER is one that the gateway can write and this program can read. An address of TLS is that of the project's own stack.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from components.flink_endpoint import GATEWAY, flink_endpoint
from components.names import PROJECT_FOLDER
from flinksql.errors import StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.transport import Endpoint
from flinksql.statement import Definition
from flinksql.statements.compatibility.plan import SECTION
from flinksql.statements.plan_files import compiled_plan
from flinksql.statements.proof import explained_plan, prove
from flinksql.statements.script import script_of
from tests.cases.errors import MISTAKES
from tests.support.recording import RecordingGateway
from tests.verdict.definitions import recorded_definitions
from tests.verdict.edits import EDITS

CASES = Path(__file__).resolve().parents[1] / "cases"


def main(url: str, line: str, folder: str) -> None:
    """Record both."""
    endpoint = flink_endpoint(GATEWAY, url, PROJECT_FOLDER / ".data")
    (CASES / "verdict" / f"plans-{line}.json").write_text(_plans(GatewayClient(endpoint), Path(folder)), encoding="utf-8")
    (CASES / "errors" / f"recorded-{line}.json").write_text(_mistakes(endpoint), encoding="utf-8")


def _plans(gateway: GatewayClient, folder: Path) -> str:
    plans: dict[str, object] = {}
    edits: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    for edit in EDITS:
        edits[edit.name] = []
        for definition in recorded_definitions(edit):
            try:
                plan = _plan(gateway, definition, folder)
            except StatementError as error:
                refused[edit.name] = error.problem
                edits[edit.name].append("")
                continue
            digest = hashlib.sha256(json.dumps(plan).encode()).hexdigest()[:12]
            plans[digest] = plan
            edits[edit.name].append(digest)
    return _lines({"edits": edits, "plans": plans, "refused": refused})


def _plan(gateway: GatewayClient, definition: Definition, folder: Path) -> object:
    script = script_of(definition, {})
    with gateway.session() as session:
        script.replay(session)
        plan = json.loads(explained_plan(session, script, definition.options).partition(SECTION)[2])
        compiled = json.loads(compiled_plan(session, script, definition.options, folder))
    # The planner counts on from statement to statement; from 1 two equal plans are equal texts.
    first = min(node["id"] for node in plan["nodes"]) - 1
    first_of_planner = min(int(number) for node in plan["nodes"] for number in _PLANNER_NUMBER.findall(node["contents"])) - 1
    for node in plan["nodes"]:
        node["id"] -= first
        node["contents"] = _PLANNER_NUMBER.sub(lambda match: f"[{int(match[1]) - first_of_planner}]", node["contents"], count=1)
        del node["type"]
        for edge in node.get("predecessors", ()):
            edge["id"] -= first
    first_compiled = min(node["id"] for node in compiled["nodes"]) - 1
    for node in compiled["nodes"]:
        node["id"] -= first_compiled
    for edge in compiled["edges"]:
        edge["source"] -= first_compiled
        edge["target"] -= first_compiled
    return {"execution": plan, "compiled": compiled}


_PLANNER_NUMBER = re.compile(r"\[(\d+)\](?=:)")


def _mistakes(endpoint: Endpoint) -> str:
    recorded = {}
    for mistake in MISTAKES:
        gateway = RecordingGateway(endpoint)
        script = script_of(mistake.definition, {})
        try:
            with gateway.session() as session:
                script.replay(session)
                prove(session, script)
        except StatementError:
            recorded[mistake.name] = gateway.answers
    return _lines(recorded)


def _lines(recorded: Mapping[str, object]) -> str:
    """Write a mapping, whose values can be mappings, with one entry a line."""
    entries = [f"{json.dumps(name)}: {_entry(value)}" for name, value in recorded.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _entry(value: object) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    entries = [f"{json.dumps(name)}: {json.dumps(inner, ensure_ascii=False)}" for name, inner in value.items()]
    return "{\n" + ",\n".join(entries) + "\n}"


if __name__ == "__main__":
    main(*sys.argv[1:])
