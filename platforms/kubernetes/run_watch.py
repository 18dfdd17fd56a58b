"""A thread beside a run that looks at what the engine waits for in the cluster, and ends the run when waiting cannot help."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from pulumi.automation import EngineEvent

from cluster.api_server import ApiServer
from cluster.diagnosis import Diagnosis, Finding, Situation, Subject
from cluster.errors import ApiServerRefusedError, ClusterError
from platforms.kubernetes.subjects import building, subject_of
from platforms.run_watch import Problem, Run, name_of

LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 10.0
"""How long the API server may be busy before that is worth a word."""
_END_SECONDS = 20.0
_FINAL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""Other refusals pass: a server that restarts, or loads a new kind, answers 429 or 500 for a while (measured)."""


@dataclass(frozen=True, kw_only=True)
class _Awaited:
    """A step under way: the resource's type and logical name, and the object in the cluster."""

    kind: str
    name: str
    subject: Subject


class ClusterWatch:
    """Looks every two seconds, only while something is under way.

    `connect` may raise ClusterError: then nothing is looked at, and that is said once. `session` is what statements wait for.
    """

    def __init__(self, connect: Callable[[], ApiServer], session: Subject | None = None) -> None:
        self._connect = connect
        self._session = session
        self._run: Run | None = None
        self._under_way: dict[str, _Awaited] = {}
        self._last: dict[str, Situation] = {}
        self._to_explain: list[tuple[str, _Awaited]] = []
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._gave_up = False

    def follow(self, run: Run) -> None:
        """Begin to look."""
        self._run = run
        self._thread = threading.Thread(target=self._observe_until, args=(run,), daemon=True)
        self._thread.start()

    def observe(self, event: EngineEvent) -> None:
        """Take note of what is under way, and of what failed."""
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            build = building(step)
            if build and self._run is not None:
                self._run.waits(step.type, name_of(step.urn), build)
            subject = subject_of(step, self._session)
            if subject is not None:
                with self._guard:
                    self._under_way[step.urn] = _Awaited(kind=step.type, name=name_of(step.urn), subject=subject)
        elif event.res_outputs_event:
            self._over(event.res_outputs_event.metadata.urn)
        elif event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata.urn)

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _observe_until(self, run: Run) -> None:
        diagnosis: Diagnosis | None = None
        blind = _Blind()
        while not self._ended.wait(LOOK_SECONDS):
            self._explain(run, diagnosis)
            with self._guard:
                awaited = dict(self._under_way)
            if not awaited:
                continue
            try:
                diagnosis = diagnosis or Diagnosis(self._connect())
                situations = diagnosis.observe({one.subject for one in awaited.values()})
            except ClusterError as error:
                if blind.is_worth_reporting(error):
                    run.say(f"cannot see what the cluster is waiting for: {error}")
                if _is_final(error):
                    return
                continue
            blind.since = None
            self._show(run, awaited, {one.subject: one for one in situations})
        self._explain(run, diagnosis)

    def _show(self, run: Run, awaited: dict[str, _Awaited], situations: dict[Subject, Situation]) -> None:
        for urn, one in awaited.items():
            situation = situations[one.subject]
            with self._guard:
                if urn not in self._under_way:
                    continue
                self._last[urn] = situation
            run.waits(one.kind, one.name, situation.waiting)
            for finding in situation.findings:
                if finding.told:
                    run.say(f"{finding}. After a minute of waiting, its last lines:\n{finding.told}")
            if situation.hopeless is not None and not self._gave_up:
                self._gave_up = True
                run.give_up(Problem(message=_described(situation.hopeless), resource=one.name))

    def _over(self, urn: str) -> _Awaited | None:
        with self._guard:
            return self._under_way.pop(urn, None)

    def _failed(self, urn: str) -> None:
        one = self._over(urn)
        if one is not None and not self._gave_up:
            with self._guard:
                self._to_explain.append((urn, one))

    def _explain(self, run: Run, diagnosis: Diagnosis | None) -> None:
        """Say what the cluster says of each step that failed by itself; when it says nothing now, what it said last."""
        with self._guard:
            failed, self._to_explain = self._to_explain, []
        for urn, one in failed:
            situations = [*self._earlier_events(diagnosis, one.subject), *([self._last[urn]] if urn in self._last else [])]
            causes = next(([_described(finding) for finding in each.findings] for each in situations if each.findings), [])
            for cause in causes:
                run.explain(Problem(message=cause, resource=one.name))
            for waiting in [each.waiting for each in situations if each.waiting][:1] if not causes else []:
                run.explain(Problem(message=waiting, resource=one.name, vague=True))

    def _earlier_events(self, diagnosis: Diagnosis | None, subject: Subject) -> list[Situation]:
        try:
            return [(diagnosis or Diagnosis(self._connect())).diagnose_ended(subject)]
        except ClusterError:
            return []


@dataclass(kw_only=True)
class _Blind:
    """For how long nothing could be seen, and what was said of it."""

    since: float | None = None
    told: str = ""

    def is_worth_reporting(self, error: ClusterError) -> bool:
        """Tell whether this is to be said: once, and of a server that is only busy not before it has been so for a while."""
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        passes = isinstance(error, ApiServerRefusedError) and not _is_final(error) and now - self.since < PATIENCE_SECONDS
        if passes or str(error) == self.told:
            return False
        self.told = str(error)
        return True


def _is_final(error: ClusterError) -> bool:
    return isinstance(error, ApiServerRefusedError) and error.status in _FINAL


def _described(finding: Finding) -> str:
    return f"{finding}\n  → {finding.next_step}"
