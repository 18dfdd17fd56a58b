"""The page of `console ui` over sources that a test chooses: how many statements there are, what is slow, what fails."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from components.names import STATEMENT_TYPE
from components.providers.definitions import plain_definition
from components.statement_history import Action, Entry, Outcome
from console.data_checks.records import LastResult
from console.formats.codec import JsonCodec
from console.health.deployment import DeploymentHealth
from console.health.report import GroupHealth, JobHealth, ModelHealth, TopicHealth
from console.project import Project
from console.ui.actions import ActionRunner
from console.ui.collector import Collector, Source
from console.ui.explanations import Explanations
from console.ui.graph import jobs_in, links_of, pipeline_graph
from console.ui.layout import layout
from console.ui.routes import Parts, create_app
from console.ui.rows import RowReaders
from console.ui.server import link_of, listening
from console.ui.sources import CHECKS, DEPLOYMENT, JOBS, KAFKA, MODEL, SERVICES, STACK, KafkaFacts
from console.ui.stack import StackFacts, StackReader
from console.ui.trends import Trends
from console.watching.tail import Beginning, KafkaRecord
from flinksql.statement import Definition, Kind, Statement
from platforms.health import ServiceHealth
from platforms.state import Resource, StackState
from tests.support.project import REPOSITORY
from webproxy.guard import AccessGuard

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
TABLE = """CREATE TABLE {name} (
  `id` STRING,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = '{name}',
  'format' = 'json'
)"""
MODEL_SQL = "CREATE MODEL summariser INPUT (`text` STRING) OUTPUT (`answer` STRING) WITH ('provider' = 'openai')"


def table(name: str) -> Statement:
    return Statement(name=name, kind=Kind.CATALOG_OBJECT, text=TABLE.format(name=name), file=f"sql/many/{name}.sql")


def job(name: str, reads: str, writes: str, *, condition: str = "amount > 0") -> Definition:
    """Return a job that reads one topic and writes another."""
    text = f"-- parallelism: 1\nINSERT INTO {writes}\nSELECT id, amount\nFROM {reads}\nWHERE {condition}\n"
    return Definition(
        statement=Statement(name=name, kind=Kind.JOB, text=text, file=f"sql/many/{name}.sql"),
        closure=(table(reads), table(writes)),
        job_name=f"flink-reviews/local/{name}",
    )


def many(count: int) -> list[Definition]:
    """Return chains of five statements each."""
    return [job(f"statement_{number:04d}", _topic(number), _topic(number, after=True)) for number in range(count)]


def _topic(number: int, *, after: bool = False) -> str:
    return f"orders_{number // 5:04d}_{number % 5 + after}"


def facts_of(definitions: list[Definition], root: Path = REPOSITORY, history: tuple[Entry, ...] = ()) -> StackFacts:
    """Return a stack as if `up` had deployed these jobs."""
    links = {name: links_of(one) for name, one in jobs_in(definitions).items()}
    graph = pipeline_graph(links)
    resources = tuple(
        Resource(
            urn=f"urn::{one.name}",
            kind=STATEMENT_TYPE,
            custom=True,
            outputs={**plain_definition(one), "history": [entry.plain() for entry in history if entry.statement == one.name]},
        )
        for one in definitions
    )
    statements = {one.name: {"kind": "job", "jobName": one.job_name} for one in definitions}
    topics = {node.name: {"partitions": 2} for node in graph.nodes if node.kind == "topic"}
    outputs = {"schemaVersion": 2, "platform": "embedded", "bundle": "many", "flinkLine": "2.2", "statements": statements, "topics": topics}
    return StackFacts(
        project=Project(root=root, stack="local", data_folder=root / ".data", values={}, secrets=frozenset()),
        state=StackState(resources=resources, outputs=outputs),
        outputs=outputs,
        definitions=jobs_in(definitions),
        graph=graph,
        links=links,
        places=layout([node.id for node in graph.nodes], graph.edges),
        drawn=1,
    )


def running(name: str, number: int = 0, **more: Any) -> JobHealth:  # noqa: ANN401  # fields of it
    """Return a job that runs well; its figures follow from `number` and move with time."""
    wave = (time.time() / 10 + number) % 7
    good = JobHealth(
        statement=name,
        state="RUNNING",
        healthy=True,
        job_id=f"{number:032x}",
        uptime_seconds=3600.0 + number,
        records_in=120_000 + number,
        records_out=40_000 + number,
        records_in_per_second=12.5 + wave,
        records_out_per_second=3.5 + wave / 2,
        restarts=0,
        checkpoint_age_seconds=4.0,
    )
    return replace(good, **more)


def done(statement: str, action: Action = Action.CREATED, **more: Any) -> Entry:  # noqa: ANN401  # fields of it
    """Return an entry of a statement's history."""
    entry = Entry(
        id=f"{statement}-{action}", statement=statement, at="2026-11-28T10:00:00.000Z", by="ann@laptop", action=action, outcome=Outcome.DONE
    )
    return replace(entry, after="ab" * 32, seconds=12.0, **more)


@dataclass(kw_only=True)
class World:
    """What the sources answer. A test changes it while the page runs; an exception in place of a value is raised."""

    facts: StackFacts
    jobs: tuple[JobHealth, ...] | Exception = ()
    kafka: KafkaFacts | Exception = field(default_factory=KafkaFacts)
    services: tuple[ServiceHealth, ...] | Exception = ()
    model: ModelHealth | Exception | None = None
    deployment: DeploymentHealth = field(default_factory=DeploymentHealth)
    checks: tuple[LastResult, ...] = ()
    delay: Mapping[str, float] = field(default_factory=dict)
    records: list[KafkaRecord] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def sources(self, reader: StackReader, seconds: float = 0.05) -> tuple[Source, ...]:
        def source(name: str, attribute: str) -> Source:
            def ask() -> object:
                self.asked[name] = self.asked.get(name, 0) + 1
                if name in self.delay:
                    self.released.wait(self.delay[name])
                value = reader.refresh() if name == STACK else getattr(self, attribute)
                if isinstance(value, Exception):
                    raise value
                return value

            return Source(name=name, seconds=seconds, ask=ask)

        names = {
            STACK: "facts",
            SERVICES: "services",
            JOBS: "jobs",
            KAFKA: "kafka",
            MODEL: "model",
            DEPLOYMENT: "deployment",
            CHECKS: "checks",
        }
        return tuple(source(name, attribute) for name, attribute in names.items())


def world_of(definitions: list[Definition], root: Path = REPOSITORY, history: tuple[Entry, ...] = ()) -> World:
    """Return a stack in which all is well."""
    facts = facts_of(definitions, root, history)
    topics = tuple(
        TopicHealth(name=name, partitions=2, messages=1000 + number) for number, name in enumerate(sorted(facts.outputs["topics"]))
    )
    groups = tuple(
        GroupHealth(group=one.job_name, topic=next(iter(facts.links[one.name].reads)).name, lag=number % 40)
        for number, one in enumerate(definitions)
    )
    return World(
        facts=facts,
        jobs=tuple(running(one.name, number) for number, one in enumerate(definitions)),
        kafka=KafkaFacts(topics=topics, groups=groups),
        services=tuple(
            ServiceHealth(name=name, state="RUNNING", process_id=100 + number, uptime_seconds=4000.0, ready=True)
            for number, name in enumerate(("kafka", "jobmanager", "taskmanager"))
        ),
        model=ModelHealth(name="llama3.1", state="answers", healthy=True, today="120 calls, 41000 + 9000 tokens, cost 0.12"),
    )


def record(offset: int, value: bytes | None, key: bytes | None = b"k") -> KafkaRecord:
    at = datetime(2026, 11, 29, 12, 0, 0, offset * 1000, tzinfo=UTC)
    return KafkaRecord(partition=0, offset=offset, at=at, key=key, value=value)


def plain_records(count: int) -> list[KafkaRecord]:
    return [record(number, json.dumps({"id": f"order-{number}", "amount": number}).encode()) for number in range(count)]


class FakeTail:
    """A topic in memory."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ends(self) -> dict[int, int]:
        return {0: len(self._world.records)}

    def records(self, beginning: Beginning, *, follow: bool) -> Iterator[KafkaRecord]:
        assert not follow
        yield from self._world.records[-beginning.newest :]


class FixedReader(StackReader):
    """A reader of nothing: the facts are those of the world."""

    def __init__(self, world: World) -> None:
        super().__init__(world.facts.project)
        self._world = world
        self.facts = world.facts

    def refresh(self) -> StackFacts:
        self.facts = self._world.facts
        return self.facts


@dataclass(frozen=True, kw_only=True)
class FakePage:
    world: World
    app: Any
    guard: AccessGuard
    collector: Collector
    link: str = ""


@contextmanager
def parts_of(world: World, *, actions: ActionRunner | None = None, seconds: float = 0.05) -> Iterator[Parts]:
    """Give the parts of a page whose sources are asked in the background."""

    @contextmanager
    def opened(_topic: str) -> Iterator[Any]:
        yield FakeTail(world), JsonCodec(), "raw"

    trends = Trends()
    lag = {one.group.rpartition("/")[2]: one.lag for one in getattr(world.kafka, "groups", ())}

    def listener(name: str, value: object, at: float) -> None:
        if name == JOBS and isinstance(value, tuple):
            trends.add(at, value, lag)

    reader = FixedReader(world)
    collector = Collector(world.sources(reader, seconds), listener)
    rows = RowReaders(opened)
    collector.start()
    try:
        yield Parts(reader=reader, collector=collector, trends=trends, rows=rows, explanations=Explanations(reader), actions=actions)
    finally:
        world.released.set()
        collector.stop()
        rows.stop()


@contextmanager
def page(world: World, *, actions: ActionRunner | None = None, seconds: float = 0.05) -> Iterator[FakePage]:
    """Serve the page on a port of its own, in a thread."""
    with parts_of(world, actions=actions, seconds=seconds) as parts, listening(0) as (listener, guard):
        app = create_app(parts, guard)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield FakePage(world=world, app=app, guard=guard, collector=parts.collector, link=link_of(guard))
        finally:
            server.should_exit = True
            thread.join(timeout=10)
