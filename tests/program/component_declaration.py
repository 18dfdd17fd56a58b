"""One component under Pulumi's mocks: the objects it declares, and what each of them waits for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_pulumi_func

SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret on Pulumi's wire."""


@dataclass(frozen=True, kw_only=True)
class Object:
    """`inputs` are as they go over the wire; `below` are the keys (`Kind name`) of what must exist before; `kept` is `retain_on_delete`."""

    inputs: Mapping[str, Any]
    below: frozenset[str]
    kept: bool
    secret_outputs: tuple[str, ...]


class _Answers(mocks.Mocks):
    def call(self, args: mocks.MockCallArgs) -> Any:  # noqa: ANN401
        raise AssertionError(f"a component calls no function, but {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made_up = {"secret_text": f"made up for {args.name}"} if args.typ.endswith(":GeneratedSecret") else {}
        return f"{args.name}-id", {**args.inputs, **made_up}


class _Monitor(mocks.MockMonitor):
    """Keeps the requests: Pulumi's own mock forgets dependencies."""

    def __init__(self, answers: _Answers) -> None:
        super().__init__(answers)
        self.requests: list[tuple[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802
        untyped: Any = super()
        answer = untyped.RegisterResource(request)
        self.requests.append((answer.urn, request))
        return answer


def declare_component(make: Callable[[], object], *, preview: bool = False) -> dict[str, Object]:
    """Run `make` and return all that it declares, by `Kind name`."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.reset_options()
    try:
        monitor = _Monitor(_Answers())
        loop.run_until_complete(_run(make, monitor, preview=preview))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    keys = {urn: f"{request.type.rpartition(':')[2]} {request.name}" for urn, request in monitor.requests}
    return {
        keys[urn]: Object(
            inputs=monitor.resources[urn].state if urn in monitor.resources else {},
            below=frozenset(keys[other] for other in request.dependencies),
            kept=request.retainOnDelete,
            secret_outputs=tuple(request.additionalSecretOutputs),
        )
        for urn, request in monitor.requests
        if request.type != "pulumi:pulumi:Stack"
    }


async def _run(make: Callable[[], object], monitor: _Monitor, *, preview: bool) -> None:
    answers = monitor.mocks
    mocks.set_mocks(answers, project="flink-reviews", stack="dev", preview=preview, monitor=monitor)
    await run_pulumi_func(lambda: _ignore(make()))


def _ignore(_made: object) -> None:
    """A program returns nothing."""


def unknown() -> pulumi.Output[str]:
    """Return an output that nobody knows yet, as an image's digest is in a preview."""
    known = asyncio.get_event_loop().create_future()
    known.set_result(False)
    value: asyncio.Future[Any] = asyncio.get_event_loop().create_future()
    value.set_result("")
    return pulumi.Output(set(), value, known)
