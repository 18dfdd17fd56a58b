"""Hearing of every resource the moment the program builds it, and turning a user's mistake in the program into one clean error.

The engine learns of a resource only when all that it depends on is done. A stack transformation is called when the resource is
constructed, so the progress can show what still waits, and for what.
"""

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import pulumi
from pulumi.runtime import register_stack_transformation

from components.providers.reporting import with_advice
from console.driver.progress import Progress

Program = Callable[[], None]


def wrapped(program: Program, progress: Progress, mistakes: tuple[type[Exception], ...], log: Path) -> Program:
    """Give the program for the engine. It declares its resources to `progress` and raises only `RunError`, shown without a traceback.

    `mistakes` are the error types whose text is for people. Anything else is a defect of ours: its traceback goes to `log`.
    """

    def run() -> None:
        register_stack_transformation(declare_to(progress))
        try:
            program()
        except pulumi.RunError:
            raise
        except mistakes as error:
            raise pulumi.RunError(with_advice(error)) from error
        except Exception as error:
            _write_traceback(log)
            raise pulumi.RunError(f"this is a bug in the program: {type(error).__name__}: {error} (details in {log})") from error

    return run


def declare_to(progress: Progress) -> pulumi.ResourceTransformation:
    """Give what tells `progress` of each resource with the names of those that it waits for, each once."""
    names: dict[int, str] = {}

    def declare(args: pulumi.ResourceTransformationArgs) -> None:
        names[id(args.resource)] = args.name
        if not args.type_.startswith("pulumi:"):
            # A component and its main part have one name, and are often both waited for.
            waits_for = tuple(dict.fromkeys(names[id(other)] for other in _resources(args.opts.depends_on) if id(other) in names))
            progress.declare(args.type_, args.name, waits_for, group=not isinstance(args.resource, pulumi.CustomResource))

    return declare


def _resources(depends_on: object) -> Iterable[pulumi.Resource]:
    if isinstance(depends_on, pulumi.Resource):
        return [depends_on]
    if isinstance(depends_on, list | tuple):
        return [other for other in depends_on if isinstance(other, pulumi.Resource)]
    return []


def _write_traceback(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(traceback.format_exc())
