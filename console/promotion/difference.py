"""The difference that a promotion makes, as values: SQL and prompts by file, parameters, settings, images, versions of definitions."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.promotion import Offer, read_offer
from components.promotion_history import Promotion, last_of, promotions_of
from components.recorded_bundle import Recorded, recorded_statements
from components.stack_state import IDENTITY_TYPE
from console.comment.sql_diff import FileDiff
from console.project import Project
from flinksql.sql import Bundle
from flinksql.sql.lanes import is_lane_object
from flinksql.sql.prompts import PREFIX
from flinksql.statement import Definition
from platforms.previous_stage import handed_on
from platforms.stage_health import differing
from platforms.state import StackState
from settings.keys import KEYS

_LONGEST = 60
_NOT_COMPARED = frozenset({"promotion.from", "approve"})
_VERSIONED = ("CustomResourceDefinition", "helm.sh/v3:Release")
"""Ends of the types of resources that are of a version."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Something with a name that is one thing here and another there. Nothing is an empty text."""

    name: str
    before: str
    after: str

    def plain(self) -> dict[str, str]:
        """Return it for scripts."""
        return {"name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What `target` would take over from `source`.

    `version` is that of the working tree, `runs` that of `source` (empty where it is not up), `before` the promotion in force.
    `differing` names statements and prompts that `source` does not run as they are in the working tree.
    `files` has SQL and prompts as they are deployed in `target` against the working tree; `parameters` are values that SQL gets there.
    `settings` are those of `source` against those of `target`; `images` and `versions` what `target` has against what it gets.
    """

    source: str
    target: str
    version: str
    runs: str
    before: Promotion | None
    differing: Sequence[str] = ()
    files: Sequence[FileDiff] = ()
    parameters: Sequence[Changed] = ()
    settings: Sequence[Changed] = ()
    images: Sequence[Changed] = ()
    versions: Sequence[Changed] = ()
    gates: Sequence[str] = field(default=())

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield it as events of a run: `promotion`, and `diff` for each file."""
        groups = {name: [one.plain() for one in getattr(self, name)] for name in ("parameters", "settings", "images", "versions")}
        yield {
            "event": "promotion",
            "from": self.source,
            "to": self.target,
            "version": self.version,
            "runs": self.runs,
            "before": self.before.plain() if self.before else None,
            "differing": list(self.differing),
            **groups,
            "gates": list(self.gates),
        }
        for one in self.files:
            yield {"event": "diff", "path": one.path, "added": one.added, "removed": one.removed, "text": one.text}


@dataclass(frozen=True, kw_only=True)
class StackOnBackend:
    """One of the two stacks: its file, and what its state has."""

    project: Project
    state: StackState | None

    @property
    def resources(self) -> Recorded:
        """Type and outputs of each resource; nothing before the first `up`."""
        return [(one.kind, one.outputs) for one in self.state.resources] if self.state else []

    @property
    def contract(self) -> object:
        """What the stack hands on."""
        return handed_on(self.state.outputs, self.resources) if self.state else None


def difference(
    source: StackOnBackend, target: StackOnBackend, bundle: Bundle, wanted: Mapping[str, Definition], gates: Sequence[str] = ()
) -> Difference:
    """Compare. `bundle` and `wanted` are the working tree as `target` would deploy it, `gates` what is said of tests and evaluations."""
    deployed = recorded_statements(target.resources)
    identity = next((outputs for kind, outputs in target.resources if kind == IDENTITY_TYPE), {})
    offered = source.contract
    offer = read_offer(offered) if isinstance(offered, Mapping) else None
    before = last_of(promotions_of(identity))
    return Difference(
        source=source.project.stack,
        target=target.project.stack,
        version=Offer(bundle=bundle.name, bundle_hash=bundle.hash, flink_line="").version,
        runs=offer.version if offer else "",
        before=before,
        differing=differing(bundle, source.resources) if offer else (),
        files=[*_statements(deployed, wanted), *_prompts(deployed, bundle)],
        parameters=_parameters(deployed, wanted),
        settings=_settings(source.project, target.project),
        images=[
            Changed(name=name, before=old, after=new)
            for name, old, new in (
                ("flink", before.offer.flink_digest if before else "", offer.flink_digest if offer else ""),
                ("modelGateway", before.offer.model_gateway_digest if before else "", offer.model_gateway_digest if offer else ""),
            )
            if old != new
        ],
        versions=_changes(_versions(target.state), _versions(source.state)),
        gates=gates,
    )


def _statements(deployed: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Definition]) -> Iterator[FileDiff]:
    for name in sorted({*deployed, *wanted}):
        if is_lane_object(name):
            continue
        old, new = deployed.get(name), wanted[name].statement if name in wanted else None
        file = new.file if new else str((old or {}).get("file") or name)
        texts = (str(old.get("written") or old.get("text") or "") if old else "", (new.written or new.text) if new else "")
        yield from _file(file, *texts)


def _prompts(deployed: Mapping[str, Mapping[str, Any]], bundle: Bundle) -> Iterator[FileDiff]:
    given = {
        name: str(text) for one in deployed.values() for name, text in (one.get("parameters") or {}).items() if name.startswith(PREFIX)
    }
    for name, text in bundle.prompts.items():
        yield from _file(f"prompt {name.removeprefix(PREFIX)}", given.get(name, ""), text)


def _file(path: str, before: str, after: str) -> Iterator[FileDiff]:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))
    if lines:
        # Without the two lines of the head.
        yield FileDiff(path=path, text="\n".join(lines[2:]))


def _parameters(deployed: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Definition]) -> list[Changed]:
    before = {f"{statement}: {name}": str(value) for statement, one in deployed.items() for name, value in _values(one)}
    after = {f"{statement}: {name}": value for statement, one in wanted.items() for name, value in one.parameters.items()}
    known = {f"{statement}: {name}" for statement, one in wanted.items() if statement in deployed for name in one.parameters}
    return [one for one in _changes(before, after) if one.name in known and not one.name.rpartition(": ")[2].startswith(PREFIX)]


def _values(outputs: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return (outputs.get("parameters") or {}).items()


def _settings(source: Project, target: Project) -> list[Changed]:
    """Compare two stack files. Of secrets is said who has one: their values are compared by nobody."""
    keys = sorted({*KEYS, *source.values, *target.values} - _NOT_COMPARED)
    found: list[Changed] = []
    for key in keys:
        there, here = (_setting(one, key) for one in (source, target))
        if there != here or key in source.secrets & target.secrets:
            found.append(Changed(name=key, before=there, after=here))
    return found


def _setting(project: Project, key: str) -> str:
    if key in project.secrets:
        return "a secret, not compared"
    default = KEYS[key].declared.default_text if key in KEYS else ""
    return _short(project.values.get(key, default))


def _versions(state: StackState | None) -> dict[str, str]:
    found = [one for one in state.resources if one.kind.endswith(_VERSIONED)] if state else []
    return {one.name: str(one.inputs.get("version") or "") for one in found}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Changed]:
    names = sorted({*before, *after})
    return [
        Changed(name=name, before=_short(before.get(name, "")), after=_short(after.get(name, "")))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
