"""Engine events into the progress model, without the noise.

Measured with CLI 3.259: per resource `resource_pre_event`, then `res_outputs_event` or a `diagnostic_event` of severity error with
`res_op_failed_event`; about twenty diagnostics of severity `debug` per run arrive unasked; the last error of a failed run is a bare
"update failed".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation import EngineEvent, OpType
from pulumi.automation.events import DiagnosticEvent, StepEventMetadata

from components.names import PIPELINE_TYPE
from components.providers.definitions import PROBLEM, changed_below
from components.providers.reporting import AS_LAST_SEEN
from components.stack_state import STACK_TYPE
from console.driver.backend import stack_outputs
from console.driver.progress import Progress, Row
from console.driver.refused import refusals_in
from platforms.run_watch import Problem, name_of

_INTERNAL = "pulumi:"
"""Type tokens of the engine's own resources: the stack and the providers."""

_EMPTY_ERRORS = re.compile(
    r"^(update|preview|destroy|refresh|deletion) failed$|^an unhandled error occurred:|^(update|preview|destroy|refresh) cancell?ed$"
)
_EMPTY_WARNINGS = re.compile(r"^using pulumi-resource-\S+ from \$PATH|pending operations from previous deployment")
_ENDED_BY_US = re.compile(r"cancell?ed|timed out waiting|interrupt", re.IGNORECASE)
"""What a step says that was under way when the run was given up."""
_PREFIX = re.compile(r"^(error: )?(Exception calling application: )?")
_CHECK_FAILURE = re.compile(
    r"^\S+ resource '[^']*' has a problem: |^\S+ resource '[^']*': property \S+ (value \{.*?\} )?has a problem: ", re.DOTALL
)
_KUBERNETES = re.compile(
    r"^(\d+ errors? occurred:\s*)?(\* )?(resource \"?\S+? was (successfully )?\w+,? but )?"
    r"((the Kubernetes API server reported that )?(it|\"\S+\") )?failed to (fully )?initialize( or become live)?: "
)
"""What the Kubernetes provider puts before the reason of every object that did not come to be ready."""
_VAGUE = re.compile(r"BackoffLimitExceeded|backoff limit|timed out waiting|^\d+ errors? occurred:?$|failed to initialize$", re.IGNORECASE)
"""Reasons of the Kubernetes provider that name no cause: what is seen in the cluster says more, where somebody looks."""
_CLUSTER_AWAY = re.compile(r"configured Kubernetes cluster is unreachable|due to unreachable cluster")
"""The Kubernetes provider's words for each object, when the API server did not answer as the provider began."""
_LOST = "the cluster could not be reached when the run began"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_OF_KUBERNETES = re.compile(r"[:$]kubernetes:")
_CLOSURE = frozenset({"closure", "built_on"})
_WITHOUT_EFFECT = frozenset({"beside", PROBLEM})
"""Inputs that differ with a change and are none: the names of the other jobs, and why a preview refuses it."""
_INTERRUPTED = "^C received"
_VERDICT = re.compile(r"Statement (?P<name>[\w-]+): (?P<verdict>(?:keeps state|resets state|unknown|goes back)\b.*)", re.DOTALL)
"""How the statements' provider says what becomes of a job's state."""

_STAYS = re.compile(r"(?:Topic )?(?P<name>\S+) (?:stays in the cluster|and its data are (?:kept|left))\b")
"""How our providers say that what a resource stands for stays, although the resource goes."""

_WARNING = "warning: "
"""How a provider of ours begins a remark that people should not miss: Pulumi takes a provider's output as information."""

Listener = Callable[[Row], None]


@dataclass(kw_only=True)
class EventReader:
    """Feeds one run's events into `progress`.

    `clock` gives seconds since the run began; `changed` hears of every row that changed, `noted` of every remark.
    """

    progress: Progress
    clock: Callable[[], float]
    changed: Listener = lambda _row: None
    heard_interrupt: Callable[[], None] = lambda: None
    noted: Callable[[str], None] = lambda _message: None
    _said: set[tuple[str, str]] = field(default_factory=set)
    _outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _passing: dict[str, list[Problem]] = field(default_factory=dict)
    """By URN: warnings about where a resource stands. When it is done they are of no use any more."""

    def __call__(self, event: EngineEvent) -> None:
        """Take one event: the `on_event` callback of the Automation API."""
        if event.resource_pre_event:
            self._begin(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._end(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._fail(event.res_op_failed_event.metadata)
        elif event.diagnostic_event:
            self._diagnose(event.diagnostic_event)
        elif event.summary_event:
            self.progress.changes = {str(getattr(key, "value", key)): count for key, count in event.summary_event.resource_changes.items()}
        elif event.stdout_event and _INTERRUPTED in event.stdout_event.message:
            self.heard_interrupt()

    def _begin(self, step: StepEventMetadata) -> None:
        if step.type.startswith(_INTERNAL):
            return
        row = self.progress.begin(
            step.type,
            name_of(step.urn),
            step.op.value,
            self.clock(),
            group=not _is_custom(step) or _is_decided_elsewhere(step),
            foreign=_is_foreign(step),
            differences=differences(step),
        )
        self.changed(row)

    def _end(self, step: StepEventMetadata) -> None:
        passed = self._passing.pop(step.urn, [])
        self.progress.warnings = [one for one in self.progress.warnings if one not in passed]
        if step.type in {STACK_TYPE, PIPELINE_TYPE} and step.new is not None:
            self._outputs[step.type] = step.new.outputs or {}
            self.progress.outputs = stack_outputs(self._outputs)
        if not step.type.startswith(_INTERNAL):
            self.changed(self.progress.end(step.type, name_of(step.urn), step.op.value, self.clock()))

    def _fail(self, step: StepEventMetadata) -> None:
        if not step.type.startswith(_INTERNAL):
            self.changed(self.progress.fail(step.type, name_of(step.urn), self.clock()))

    def _diagnose(self, diagnostic: DiagnosticEvent) -> None:
        text = clean(diagnostic.message)
        resource = resource_of(diagnostic.urn or "")
        if not text or diagnostic.severity == "debug" or (diagnostic.severity, text) in self._said:
            return
        self._said.add((diagnostic.severity, text))
        if diagnostic.severity == "error":
            if not _EMPTY_ERRORS.search(text) and not (self.progress.gave_up and _ENDED_BY_US.search(text)):
                self._fail_with(text, resource, diagnostic.urn or "")
        elif diagnostic.severity == "warning":
            # An error says the same of a cluster that is away.
            if not _CLUSTER_AWAY.search(text) and not _EMPTY_WARNINGS.search(text) and not self.progress.gave_up:
                self._warn(diagnostic, Problem(message=text, resource=resource))
        elif not diagnostic.ephemeral:
            self._note(text, resource)

    def _fail_with(self, text: str, resource: str, urn: str) -> None:
        if _CLUSTER_AWAY.search(text):
            self._lose_cluster(text)
            return
        if resource:
            self.progress.add_error(Problem(message=text, resource=resource, vague=_is_vague(urn, text)))
            return
        for problem in refusals_in(text, self.progress.statements()):
            self.progress.add_error(problem)

    def _lose_cluster(self, text: str) -> None:
        """Say it once, of the run: of each object it would be the same."""
        cause = next((line.strip() for line in reversed(text.partition("unreachable: ")[2].splitlines()) if line.strip()), "")
        if not any(one.message.startswith(_LOST) for one in self.progress.errors):
            self.progress.add_error(Problem(message=f"{_LOST}{f': {cause}' if cause else ''}"))

    def _note(self, text: str, resource: str) -> None:
        verdict = _VERDICT.fullmatch(text)
        if verdict:
            self.progress.judge(verdict["name"], verdict["verdict"])
        if stays := _STAYS.match(text):
            self.progress.leave(stays["name"])
        if text.startswith(_WARNING):
            self.progress.warnings.append(Problem(message=text.removeprefix(_WARNING)))
            return
        if AS_LAST_SEEN in text:
            self.progress.unseen.append(text.rstrip("."))
        self.noted(f"{resource}: {text}" if resource else text)

    def _warn(self, diagnostic: DiagnosticEvent, problem: Problem) -> None:
        self.progress.warnings.append(problem)
        if diagnostic.ephemeral and diagnostic.urn:
            self._passing.setdefault(diagnostic.urn, []).append(problem)


def differences(step: StepEventMetadata) -> tuple[str, ...]:
    """Return why a step is taken: the inputs that differ, and in place of a statement's closure the statements that changed in it."""
    every = tuple(step.diffs or ())
    found = tuple(name for name in every if name not in _WITHOUT_EFFECT) or every
    if _CLOSURE.isdisjoint(found) or step.old is None or step.new is None:
        return found
    others = changed_below(step.old.inputs or {}, step.new.inputs or {})
    return (*(name for name in found if name not in _CLOSURE), *([f"because of {', '.join(others)}"] if others else []))


def resource_of(urn: str) -> str:
    """Give the logical name, or nothing for the engine's own resources: a message about the stack is a message about the run."""
    kind = urn.rsplit("::", 2)[-2].rsplit("$", 1)[-1] if "::" in urn else _INTERNAL
    return "" if kind.startswith(_INTERNAL) else name_of(urn)


def clean(message: str) -> str:
    """Give the words of the one who raised the error, without what the engine and the provider's server put around them."""
    return _KUBERNETES.sub("", _CHECK_FAILURE.sub("", _PREFIX.sub("", message.strip())).strip())


def _is_vague(urn: str, text: str) -> bool:
    return bool(_OF_KUBERNETES.search(urn) and _VAGUE.search(text))


def _is_foreign(step: StepEventMetadata) -> bool:
    """Tell whether a step is about something of somebody else, or leaves on purpose what its resource stands for."""
    state = step.new or step.old
    if state is None:
        return False
    inputs = state.inputs or {}
    leaves = step.op is OpType.DELETE and (bool(state.retain_on_delete) or inputs.get("delete_data") is False)
    return leaves or inputs.get("external") is True


def _is_decided_elsewhere(step: StepEventMetadata) -> bool:
    """Tell whether a step does nothing at all: whether the namespace goes is decided by the stack's claim on it, which goes later."""
    return step.op is OpType.DELETE and step.type == _NAMESPACE and bool(step.old and step.old.retain_on_delete)


def _is_custom(step: StepEventMetadata) -> bool:
    state = step.new or step.old
    return bool(state and state.custom)
