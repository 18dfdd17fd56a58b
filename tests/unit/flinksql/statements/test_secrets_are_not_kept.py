"""Whatever happened with a statement that has secrets: no cache of this process keeps one afterwards."""

import functools
import gc
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.errors import FlinkSqlError
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import StatementLifecycle
from tests.contract.bench import Bench
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import Fate

PLANTED = "canary-7f3a-kept"
SECRETS = {"KEY": PLANTED}
MODEL = (
    "CREATE MODEL judge INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = 'http://127.0.0.1:9/v1', "
    "'api-key' = '${secret:KEY}')"
)
SOURCE = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen', 'properties.ssl.key.password' = '${secret:KEY}')"
SINK = "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')"


def kept() -> list[str]:
    """Name the caches of this process that hold the planted secret."""
    gc.collect()
    caches = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    found = [f"{one.__module__}.{one.__qualname__}" for one in caches if _holds(one, 4)]
    patterns = [str(key) for key in getattr(re, "_cache", {}) if PLANTED in str(key)]
    return found + patterns


def _holds(thing: object, depth: int) -> bool:
    if isinstance(thing, str):
        return PLANTED in thing
    return depth > 0 and any(_holds(one, depth - 1) for one in gc.get_referents(thing) if not isinstance(one, type))


@pytest.fixture
def bench(flink: FakeFlink, bench_at: Callable[[str, str], Bench]) -> Bench:
    return bench_at(flink.gateway_server.url, flink.jobmanager_server.url)


def definition(text: str = "INSERT INTO sink SELECT a FROM source", *closure: str, kind: Kind = Kind.JOB) -> Definition:
    below = tuple(
        Statement(name=f"below{number}", kind=Kind.CATALOG_OBJECT, text=one, file=f"below{number}.sql")
        for number, one in enumerate((SOURCE, SINK, *closure))
    )
    return Definition(statement=Statement(name="copy", kind=kind, text=text, file="copy.sql"), closure=below, job_name="p/s/copy")


def lifecycle(bench: Bench) -> StatementLifecycle:
    return StatementLifecycle(bench.gateway, bench.jobmanager, SECRETS, settings=bench.settings, probe=lambda _url: "")


def _created(bench: Bench, _flink: FakeFlink) -> None:
    lifecycle(bench).create(definition())


def _proven(bench: Bench, _flink: FakeFlink) -> None:
    lifecycle(bench).validate(definition(SOURCE, kind=Kind.CATALOG_OBJECT))
    lifecycle(bench).validate(replace(definition(MODEL, kind=Kind.CATALOG_OBJECT), closure=()))


def _refused(bench: Bench, _flink: FakeFlink) -> None:
    for text in ("INSERT INTO sink SELECT a, FROM source", "INSERT INTO sink SELECT wrong FROM source", "INSERT INTO nowhere SELECT 1"):
        with suppress(FlinkSqlError):
            lifecycle(bench).validate(definition(text))


def _failing(bench: Bench, flink: FakeFlink) -> None:
    flink.cluster.next_fates.append(Fate.FAILS)
    with suppress(FlinkSqlError):
        lifecycle(bench).create(definition())


def _named_in_a_failure(_bench: Bench, _flink: FakeFlink) -> None:
    runtime_problem(f"KafkaException: '{PLANTED}' is refused; 'ssl.key.password' {PLANTED[:9]}...", definition(), SECRETS)


def _no_model(bench: Bench, _flink: FakeFlink) -> None:
    asking = StatementLifecycle(bench.gateway, bench.jobmanager, SECRETS, settings=bench.settings, probe=lambda _url: "refused")
    with suppress(FlinkSqlError):
        asking.create(definition("INSERT INTO sink SELECT a FROM source", MODEL))


@pytest.mark.parametrize("happened", [_created, _proven, _refused, _failing, _named_in_a_failure, _no_model], ids=lambda one: one.__name__)
def test_no_cache_keeps_a_secret(bench: Bench, flink: FakeFlink, happened: Callable[[Bench, FakeFlink], None]) -> None:
    happened(bench, flink)
    assert kept() == []


def test_the_look_finds_what_a_cache_keeps() -> None:
    @functools.lru_cache
    def remembering(text: str) -> tuple[str, ...]:
        return (text,)

    remembering(f"'{PLANTED}'")
    re.sub(f"{PLANTED}+", "", "")
    try:
        assert len(kept()) == 2
    finally:
        remembering.cache_clear()
        del remembering
        re.purge()
