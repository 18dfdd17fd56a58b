"""A bundle of more than a thousand statements: each text is read once, whatever asks for it, and nothing grows with the square."""

from pathlib import Path

import pytest
from sqlglot.tokens import Tokenizer

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from platforms.pipeline import definitions
from settings import Settings, SettingsError, parse_settings

STATEMENTS = 1_200
JOBS = 40
JOB = "INSERT INTO sink_{number:04} SELECT id, name FROM source_{number:04};\n"
TABLE = "CREATE TABLE {name} (id INT, name STRING) WITH ('connector' = '{connector}');\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    sources = (STATEMENTS - JOBS) // 2
    for number in range(sources):
        source, sink = f"source_{number:04}", f"sink_{number:04}"
        (tmp_path / f"{source}.sql").write_text(TABLE.format(name=source, connector="datagen"), encoding="utf-8")
        (tmp_path / f"{sink}.sql").write_text(TABLE.format(name=sink, connector="blackhole"), encoding="utf-8")
    for number in range(JOBS):
        (tmp_path / f"job_{number:04}.sql").write_text(JOB.format(number=number), encoding="utf-8")
    return parse_settings({"bundle": str(tmp_path), "flink.taskSlots": str(JOBS)})


def test_no_text_is_split_into_tokens_twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The console reads a bundle, and so does the program: with places for 1,024 texts each reading began anew."""
    read: list[str] = []
    tokenize = Tokenizer.tokenize

    def noted(self: Tokenizer, sql: str, *rest: object, **more: object) -> object:
        read.append(sql)
        return tokenize(self, sql, *rest, **more)

    monkeypatch.setattr(Tokenizer, "tokenize", noted)
    endpoints = embedded_endpoints(settings)
    made = definitions(settings, load_bundle(settings, endpoints), "local")
    assert len(made) == STATEMENTS
    first = len(read)
    definitions(settings, load_bundle(settings, endpoints), "local")
    assert len(read) == first
    assert first <= 4 * STATEMENTS


def test_a_closure_comes_in_the_order_in_which_it_can_be_replayed(settings: Settings) -> None:
    bundle = load_bundle(settings, embedded_endpoints(settings))
    assert [one.name for one in bundle.closure("job_0007")] == ["sink_0007", "source_0007"]


def test_of_hundreds_of_jobs_that_need_slots_the_largest_are_named(tmp_path: Path, settings: Settings) -> None:
    few = parse_settings({"bundle": str(tmp_path), "flink.taskSlots": "8"})
    (tmp_path / "job_0039.sql").write_text("-- parallelism: 3\n" + JOB.format(number=39), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        definitions(few, load_bundle(few, embedded_endpoints(few)), "local")
    assert "need 42 (job_0039 3, job_0000 1, " in str(refused.value)
    assert "job_0010 1, 28 others). Set it with `pulumi config set flink.taskSlots 42`" in str(refused.value)
