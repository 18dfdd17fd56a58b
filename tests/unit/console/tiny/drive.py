"""Run the driver on the tiny project of this folder: `python drive.py up|preview|destroy|forget`. Prints one JSON object at the end.

`TINY_WORLD` is the world's folder, `TINY_MISTAKE` makes the program raise, `TINY_BROKEN` names a thing that cannot be made, and
`TINY_HOPELESS` one that a companion gives up as soon as its creation begins.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
from pulumi.automation import EngineEvent

from console.driver.progress import Progress, Row
from console.driver.run import Driver
from console.errors import ConsoleError
from console.project import open_project
from console.toolchain import find
from platforms.run_watch import Problem, Run

ROOT = Path(__file__).parent


class MistakeError(Exception):
    pass


class Lines:
    def say(self, message: str) -> None:
        print(f"say: {message}", flush=True)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        print(f"follow: {clock() >= 0} {len(progress.rows)}", flush=True)

    def changed(self, row: Row) -> None:
        print(f"row: {row.name} {row.operation} {row.state}", flush=True)


class GivesUp:
    """Goes along with a run and ends it when the thing of that name is under way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._run: Run | None = None

    def follow(self, run: Run) -> None:
        self._run = run

    def observe(self, event: EngineEvent) -> None:
        if self._run is not None and event.resource_pre_event and event.resource_pre_event.metadata.urn.endswith(f"::{self._name}"):
            self._run.waits("pulumi-python:dynamic/tiny:Thing", self._name, "for ever")
            self._run.give_up(Problem(message="it will never come\n  → mend it", resource=self._name))

    def close(self) -> None:
        print("say: the companion ended", flush=True)


def program() -> None:
    mistake = os.environ.get("TINY_MISTAKE", "")
    if mistake == "user":
        raise MistakeError("sql/reviews/a.sql:3:7: unknown table b. Did you mean c?")
    if mistake == "defect":
        raise KeyError("nowhere")
    world, broken = os.environ["TINY_WORLD"], os.environ.get("TINY_BROKEN")
    # Imported by this name, because the provider is pickled by reference and its process finds it in the folder it runs in.
    Thing = importlib.import_module("tiny_parts").Thing  # noqa: N806  # a class
    first = Thing("first", world, broken=broken == "first")
    Thing("second", world, broken=broken == "second")
    Thing("last", world, broken=broken == "last", opts=pulumi.ResourceOptions(depends_on=[first]))
    pulumi.export("schemaVersion", 1)


def main(action: str) -> int:
    project = open_project("local", ROOT)
    toolchain = find(project.data_folder)
    assert toolchain is not None
    driver = Driver(project=project, toolchain=toolchain, program=program, observer=Lines(), mistakes=(MistakeError,))
    if hopeless := os.environ.get("TINY_HOPELESS"):
        driver.watch = lambda: GivesUp(hopeless)
    try:
        if action == "forget":
            driver.forget()
            return 0
        outcome = {"up": driver.up, "preview": driver.preview, "destroy": driver.destroy}[action]()
    except ConsoleError as error:
        print(json.dumps({"refused": str(error), "advice": error.advice, "exit": error.exit_code}))
        return int(error.exit_code)
    progress = outcome.progress
    result = {
        "succeeded": outcome.succeeded,
        "interrupted": outcome.interrupted,
        "errors": [[problem.resource, problem.message] for problem in progress.errors],
        "warnings": [problem.message for problem in progress.warnings],
        "changes": dict(progress.changes),
        "outputs": dict(progress.outputs),
        "rows": {row.name: [row.operation, str(row.state), list(row.waits_for)] for row in progress.shown()},
    }
    print(json.dumps(result))
    return 0 if outcome.succeeded else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
