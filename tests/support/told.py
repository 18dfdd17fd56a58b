"""What a preview says of a bundle's files: reading, Flink's parser and its planner together, as the program and the provider ask them.

The cases lie in `tests/cases/told/*.txt`: a line `=== title`, then `## file.sql` and the file's text. At the end a line for each mistake
that must be told, `>> file.sql:line:column | words of the cause | words of the advice`, or `>> accepted`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from components.providers.state_verdicts import refused_start
from flinksql.diagnostics.parsing import with_parser_problems
from flinksql.errors import BundleError, StatementError
from flinksql.flink.gateway import GatewayClient, GatewaySession
from flinksql.flink.transport import Endpoint
from flinksql.statement import Definition
from flinksql.statements.proof import prove
from flinksql.statements.script import script_of
from platforms.pipeline import definitions
from settings import parse_settings
from tests.support.recording import Answer, ReplayedSession

CASES = Path(__file__).resolve().parents[1] / "cases" / "told"
RECORDED = CASES / "recorded-2.2.json"
ACCEPTED = "accepted"
FOLDER = "sql"
SETTINGS = parse_settings({"ports.sqlGateway": "1024", "ports.kafka": "19092", "flink.taskSlots": "16"})
"""Nobody answers at the gateway's port: the gateway of a test is asked instead."""


@dataclass(kw_only=True)
class Block:
    """A bundle's files, and what must be told of it: place, cause and advice of each mistake, none when it is right."""

    group: str
    title: str
    files: dict[str, str] = field(default_factory=dict)
    expected: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """A name for tests."""
        return f"{self.group}: {self.title}"


def blocks() -> list[Block]:
    """Return all blocks, in the order of the files."""
    base = {file.name: file.read_text(encoding="utf-8") for file in sorted((CASES / "base").glob("*.sql"))}
    found: list[Block] = []
    for path in sorted(CASES.glob("*.txt")):
        for part in re.split(r"(?m)^=== ", path.read_bytes().decode())[1:]:
            title, _, body = part.partition("\n")
            found.append(_block(path.stem, title, body, base))
    return found


def _block(group: str, title: str, body: str, base: Mapping[str, str]) -> Block:
    block = Block(group=group, title=title, files=dict(base))
    for part in re.split(r"(?m)^(?=## |>> )", body)[1:]:
        first, _, text = part.partition("\n")
        if first.startswith("## "):
            block.files[first.removeprefix("## ")] = text
        elif first != f">> {ACCEPTED}":
            place, cause, advice = first.removeprefix(">> ").split(" | ")
            block.expected.append((place, cause, advice))
    return block


def told(block: Block, folder: Path, gateway: GatewayClient) -> list[StatementError]:
    """Write the block's files into a new folder and return what a preview says, each mistake once."""
    folder.mkdir(parents=True)
    for name, text in block.files.items():
        # As it stands: no end of line is translated.
        (folder / name).write_bytes(text.encode())
    try:
        bundle = load_bundle(SETTINGS, embedded_endpoints(SETTINGS), folder)
    except BundleError as error:
        return list(with_parser_problems(error, gateway).problems)
    found: dict[str, StatementError] = {}
    for definition in definitions(SETTINGS, bundle, "local").values():
        problem = _refused(definition, gateway)
        if problem:
            found.setdefault(str(problem), problem)
    return list(found.values())


def _refused(definition: Definition, gateway: GatewayClient) -> StatementError | None:
    start = refused_start(None, definition)
    if start:
        return StatementError(start)
    script = script_of(definition, {})
    try:
        with gateway.session() as session:
            script.replay(session)
            prove(session, script, definition.options)
    except StatementError as error:
        return error
    return None


def unlike(block: Block, found: Sequence[StatementError]) -> list[str]:
    """Return what is not as expected, in words."""
    # Where the folder lies is no part of what is expected.
    texts = [re.sub(rf"[^\s(]*/{FOLDER}/", f"{FOLDER}/", " ".join(str(one).split())) for one in found]
    if len(texts) != len(block.expected):
        return [f"{len(block.expected)} mistakes expected, told: {texts}"]
    return [
        f"{text!r} is not {(place, cause, advice)}"
        for text, (place, cause, advice) in zip(texts, block.expected, strict=True)
        if not (text.startswith(f"{FOLDER}/{place}: ") and cause in text and advice in text)
    ]


class ReplayingGateway(GatewayClient):
    """A gateway whose sessions give recorded answers, one after the other."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(Endpoint(name="SQL Gateway", base_url="http://127.0.0.1:9"))
        self._replayed = ReplayedSession(answers)

    @contextmanager
    def session(self) -> Iterator[GatewaySession]:
        """Go on with the answers."""
        yield self._replayed


def recorded() -> dict[str, list[Answer]]:
    """Return what a real gateway answered, by the blocks' names."""
    found: dict[str, list[Answer]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found
