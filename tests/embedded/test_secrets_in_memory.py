"""What of a secret stands in memory at the end of `up`: in the console, and in the process of the providers just before it ends.

A drill that prints what it finds: FLINK_REVIEWS_MEMORY=1, on Linux. No living object of the console may hold a secret. What was freed is
not overwritten by Python nor by the C library, so copies stay there until something else takes the place.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.contract.model_gateway_parts import fake_model_server
from tests.embedded.test_secrets import ANSWER, BUNDLE, Watched
from tests.support.memory import Found, search
from tests.support.project import ProjectCopy, project_copy

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_MEMORY"), reason="a drill, on Linux: FLINK_REVIEWS_MEMORY=1"),
]

KEYS: Mapping[str, str] = {
    "secret.PASSWORD": "planted-7c1e-password",
    "model.apiKey": "planted-9a4d-key",
    "secret.MODEL_KEY": "planted-2b6f-ddl",
}
CONSOLE = """
import gc, sys
from console.app import app
sys.argv = ["console", "--stack", "local", *sys.argv[1:]]
try:
    app()
except SystemExit as end:
    print("code", end.code, flush=True)
gc.collect()
wanted = "plan" + "ted-"
for thing in gc.get_objects():
    for held in gc.get_referents(thing):
        if isinstance(held, str) and held != wanted and wanted in held or isinstance(held, bytes) and wanted.encode() in held:
            print("holds", type(thing).__module__, type(thing).__name__, flush=True)
print("done", flush=True)
sys.stdin.readline()
"""
"""The console's own command, and what of it is alive after it. The keys' beginning is put together, so that this text holds none."""
PROVIDERS, PROVIDER_MODULE = "providers", "components.provider_process"
"""What a fork of the console's host is called, and the module that a process of its own runs."""


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[ProjectCopy]:
    folder = tmp_path / "project"
    folder.mkdir()
    with fake_model_server() as model, project_copy(folder, bundle="article", model__kind="openai", model__endpoint=model.url) as made:
        model.body = ANSWER
        for file in (folder / "sql" / "article").glob("*.*"):
            file.unlink()
        for name, sql in BUNDLE.items():
            (folder / "sql" / "article" / f"{name}.sql").write_text(sql, encoding="utf-8")
        watched = Watched(copy=made, model=model)
        for name, value in KEYS.items():
            watched.pulumi("config", "set", "--secret", name, given=value)
        yield made


class Watch:
    """Looks at the providers' processes below another one as often as it can; the last look of each is kept."""

    def __init__(self, above: int) -> None:
        self.last: dict[int, tuple[float, dict[str, list[Found]]]] = {}
        self._above = above
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                below = psutil.Process(self._above).children(recursive=True)
                for one in (each for each in below if each.name() == PROVIDERS or PROVIDER_MODULE in each.cmdline()):
                    found = {name: search(one.pid, value.encode()) for name, value in KEYS.items()}
                    self.last[one.pid] = (time.monotonic(), found)
            except (psutil.Error, OSError):
                continue


def told(where: str, found: Mapping[str, list[Found]]) -> None:
    print(where, {name: len(places) for name, places in found.items()})
    for place in (each for places in found.values() for each in places):
        print("   ", place.mapping, place.around)


@pytest.mark.parametrize("command", [["preview"], ["up"]], ids=["preview", "up"])
def test_no_living_object_of_the_console_holds_a_secret_after_a_run(copy: ProjectCopy, command: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CONSOLE, *command],
        cwd=copy.folder,
        env=copy.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    watch = Watch(process.pid)
    said: list[str] = []
    for line in process.stdout:
        said.append(line.strip())
        if said[-1] == "done":
            break
    ended = time.monotonic()
    watch.end()
    told("console", {name: search(process.pid, value.encode()) for name, value in KEYS.items()})
    process.stdin.write("\n")
    process.stdin.close()
    process.wait(timeout=60)
    for moment, found in watch.last.values():
        told(f"providers, {ended - moment:.1f} s before the command ended", found)
    assert "code 0" in said
    assert [line for line in said if line.startswith("holds")] == []
    assert watch.last, "no provider was seen"
