"""The program under Pulumi's mocks: what it declares, with the edges between, and what it exports."""

import asyncio
import contextlib
import hashlib
import runpy
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock

import pulumi
import yaml
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.stack import run_pulumi_func

from components import program_errors as failing
from components.interruption import HAS_SPOKEN
from components.names import DETAILS, PIPELINE_TYPE, PROJECT, PROJECT_FOLDER
from components.stack_state import IDENTITY_TYPE, OUTPUTS, RESOURCES
from platforms.embedded import own_folder
from platforms.kubernetes.ownership import Ground

DOCKER_IMAGE = "docker:index/image:Image"
UNKNOWN_BEFORE_UPDATE = ("definition_hash", "generation", "job_id", "restored_from", "savepoint", "condition", "secret_text")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A registered resource. `below` are the URNs of those that must exist before it; `provider` is the URN of the one that makes it."""

    type: str
    name: str
    urn: str
    parent: str
    inputs: Mapping[str, Any]
    below: frozenset[str]
    provider: str = ""
    retained: bool = False
    hidden: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By input, the URNs of the resources whose outputs it is made of."""


@dataclass(kw_only=True)
class Declaration:
    """One run of the program."""

    resources: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)

    def of_type(self, kind: str) -> dict[str, Declared]:
        """Return the resources whose type ends so, by logical name."""
        return {one.name: one for one in self.resources.values() if one.type.endswith(kind)}

    def before(self, urn: str) -> set[str]:
        """Return the URNs of all resources that must exist before this one, directly or not."""
        found: set[str] = set()
        waiting = list(self.resources[urn].below)
        while waiting:
            other = waiting.pop()
            if other not in found:
                found.add(other)
                # A reference to another stack is read, not registered, and waits for nothing.
                waiting += self.resources[other].below if other in self.resources else ()
        return found


State = tuple[tuple[str, Mapping[str, Any]], ...]
STACK_ID = "0123456789abcdef"
IDENTIFIED: State = ((IDENTITY_TYPE, {"stack_id": STACK_ID}),)
"""The state of a stack that knows its id and nothing else: made up each time, it would differ in every run."""


class Answers(mocks.Mocks):
    """Gives each resource its name as id and its inputs as state; in an update also a job id, and an image's digest.

    `stacks` are the outputs of other stacks, by their full names, `resources` their
    resources; `state` are types and outputs of this one's resources. `pushed` are
    references of images that the Docker provider reads otherwise, by their names.
    """

    def __init__(
        self,
        *,
        preview: bool,
        stacks: Mapping[str, Mapping[str, Any]],
        resources: Mapping[str, State],
        state: State,
        seen: list[str],
        pushed: Mapping[str, str | None],
    ) -> None:
        self.preview = preview
        self.pushed = pushed
        self.state = state
        self.stacks = stacks
        self.resources = {**dict.fromkeys(stacks, ()), **resources}
        self.seen = seen

    def call(self, args: mocks.MockCallArgs) -> Any:  # noqa: ANN401
        if args.token == RESOURCES:
            # Every name that is no other stack's is this one's.
            state = self.resources.get(args.args["stackName"], self.state)
            return {"outputs": {f"urn:{number}": {"type": kind, "outputs": dict(outputs)} for number, (kind, outputs) in enumerate(state)}}
        if args.token == OUTPUTS and args.args["name"] in self.stacks:
            return {"outputs": dict(self.stacks[args.args["name"]])}
        raise RuntimeError(f"{args.token} returned an error: unknown stack {args.args}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.seen.append(args.typ)
        known: dict[str, Any] = {}
        if args.typ.startswith("pulumi-python:") and not self.preview:
            known = {name: f"{args.name}-{name}" for name in UNKNOWN_BEFORE_UPDATE}
        if args.typ == DOCKER_IMAGE and not self.preview:
            reference = f"{str(args.inputs['imageName']).rpartition(':')[0]}@{digest_of_image(args.name)}"
            known["repoDigest"] = self.pushed.get(args.name, reference)
        return f"{args.name}-id", {**args.inputs, **known}


class RecordingMonitor(mocks.MockMonitor):
    """Keeps the requests: Pulumi's own mock forgets dependencies."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.requests: list[tuple[str, Any, Mapping[str, Any]]] = []
        self.details: dict[str, Any] = {}
        """What the pipeline's component tells beside the stack's own outputs."""

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802
        if f"{PIPELINE_TYPE}::" in request.urn:
            told = rpc.deserialize_properties(request.outputs, True) or {}
            self.details = told.get(DETAILS) or {}
        untyped: Any = super()
        return untyped.RegisterResourceOutputs(request)

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802
        untyped: Any = super()
        answer = untyped.RegisterResource(request)
        self.requests.append((answer.urn, request, self.resources[answer.urn].state if answer.urn in self.resources else {}))
        return answer


def _end(loop: asyncio.AbstractEventLoop) -> None:
    while pending := asyncio.all_tasks(loop):
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))


def digest_of_image(name: str) -> str:
    """Return the digest that an image has once it is built."""
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


class StoppedError(Exception):
    """The program ended itself. The text is what the user was told."""


def run_program(
    config: Mapping[str, str],
    *,
    stack: str = "local",
    preview: bool = False,
    concealed: tuple[str, ...] = (),
    stacks: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    resources: Mapping[str, State] = MappingProxyType({}),
    state: State = IDENTIFIED,
    ground: Ground | None = None,
    seen: list[str] | None = None,
    pushed: Mapping[str, str | None] = MappingProxyType({}),
    folder: Path = PROJECT_FOLDER,
) -> Declaration:
    """Run `__main__.py` of `folder` with these keys (without the namespace) on top of the defaults of its Pulumi.yaml.

    `stacks` are the outputs of other stacks, `resources` their resources, `state` types and outputs of this one's resources. With a
    `ground`, cluster, registry and broker are not looked at: that is what was found there. `seen` gets the types of all that is declared,
    also when the program fails.
    """
    project = str(_yaml(folder / "Pulumi.yaml")["name"])
    given = {f"{project}:{key}": value for key, value in {**project_defaults(folder), **config}.items()}
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.reset_options()
    interrupts = signal.getsignal(signal.SIGINT)
    told: list[str] = []
    try:
        answers = Answers(
            preview=preview, stacks=stacks, resources=resources, state=state, seen=[] if seen is None else seen, pushed=pushed
        )
        with _standing_on(ground), mock.patch.object(pulumi.log, "error", told.append), mock.patch.dict(vars(failing)):
            return loop.run_until_complete(_run(given, stack, [f"{project}:{key}" for key in concealed], answers, folder))
    except SystemExit as end:
        if end.code != HAS_SPOKEN:
            raise
        raise StoppedError("\n".join(told)) from end
    finally:
        # The program has the process to itself otherwise.
        signal.signal(signal.SIGINT, interrupts)
        # A program that failed leaves declarations that wait for what never comes.
        _end(loop)
        loop.close()
        asyncio.set_event_loop(None)


@contextmanager
def _standing_on(ground: Ground | None) -> Iterator[None]:
    # Whoever runs the tests may have a stack of this very project up: it is in nobody's way.
    with mock.patch.object(own_folder, "STACKS", Path("/nowhere")), _found(ground):
        yield


@contextmanager
def _found(ground: Ground | None) -> Iterator[None]:
    with mock.patch("platforms.kubernetes.declaration.require_prerequisites", return_value=ground) if ground else nullcontext():
        yield


async def _run(given: dict[str, str], stack: str, concealed: list[str], answers: Answers, folder: Path) -> Declaration:
    monitor = RecordingMonitor(answers)
    project = str(_yaml(folder / "Pulumi.yaml")["name"])
    mocks.set_mocks(answers, project=project, stack=stack, preview=answers.preview, monitor=monitor, organization="organization")
    pulumi.runtime.set_all_config(given, concealed)
    await run_pulumi_func(lambda: _main(folder))
    outputs = pulumi.runtime.get_root_resource().outputs  # type: ignore[union-attr]
    resources = [_declared(urn, request, state) for urn, request, state in monitor.requests]
    secret = {name for name, value in outputs.items() if await pulumi.Output.from_input(value).is_secret()}
    known = {name: await pulumi.Output.from_input(value).future(with_unknowns=True) for name, value in outputs.items()}
    return Declaration(resources={one.urn: one for one in resources}, outputs=known, details=monitor.details, secret_outputs=secret)


def _main(folder: Path) -> None:
    with contextlib.chdir(folder):
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")


def _declared(urn: str, request: Any, state: Mapping[str, Any]) -> Declared:  # noqa: ANN401
    return Declared(
        type=request.type,
        name=request.name,
        urn=urn,
        parent=request.parent,
        inputs=state,
        below=frozenset(request.dependencies),
        provider=request.provider.rpartition("::")[0],
        retained=request.retainOnDelete,
        hidden=tuple(request.hideDiffs),
        ignored=tuple(request.ignoreChanges),
        reads={name: frozenset(one.urns) for name, one in request.propertyDependencies.items()},
    )


def project_defaults(folder: Path = PROJECT_FOLDER) -> dict[str, str]:
    """Return what Pulumi makes of the defaults in Pulumi.yaml: a key in `["..."]` is that key."""
    declared = _yaml(folder / "Pulumi.yaml").get("config") or {}
    return {key.removeprefix('["').removesuffix('"]'): plain(entry["default"]) for key, entry in declared.items()}


def stack_config(file: Path) -> dict[str, str]:
    """Return the keys of a stack's file without the project's namespace."""
    return {key.removeprefix(f"{PROJECT}:"): plain(value) for key, value in (_yaml(file).get("config") or {}).items()}


def plain(value: object) -> str:
    """Return a value as Pulumi hands it on: always a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _yaml(file: Path) -> Mapping[str, Any]:
    return _parsed(file.read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> Mapping[str, Any]:
    """Parse a text once: Pulumi.yaml takes two fifths of the time of a run of the program."""
    content: Mapping[str, Any] = yaml.safe_load(text)
    return content
