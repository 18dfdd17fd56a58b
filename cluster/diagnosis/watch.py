"""Observing what is waited for again and again, until it is ready or waiting cannot help."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from cluster.api_server import ApiServer
from cluster.diagnosis.diagnose import describe_status, judge
from cluster.diagnosis.finding import Finding, Situation, Suspicion
from cluster.diagnosis.log_lines import last_lines
from cluster.diagnosis.snapshot import Snapshot, take_snapshot
from cluster.diagnosis.subject import Subject

INHERITED_SECONDS = 20.0
"""The first snapshot may still show problems from before the change that is waited for. A controller clears them within seconds, Helm and
the Flink operator within about ten."""
BLIND_SECONDS = 10.0
"""If the API server was unreachable for longer, it was for controllers too: the next snapshot counts as the first."""


class Diagnosis:
    """Remembers since when each subject and each suspicion has been observed. Not thread-safe.

    `clock` returns seconds.
    """

    def __init__(self, api_server: ApiServer, clock: Callable[[], float] = time.monotonic) -> None:
        self._api_server = api_server
        self._clock = clock
        self._begun: dict[Subject, float] = {}
        self._since: dict[tuple[Subject, str], float] = {}
        self._blind_since: float | None = None
        self._told: set[tuple[Subject, str]] = set()

    def observe(self, subjects: Iterable[Subject]) -> list[Situation]:
        """Observe each subject once. Raise ClusterError if the API server does not answer, or forbids reading."""
        wanted = list(subjects)
        if self._blind_since is None:
            # A request may hang as long as the API server does, and then succeed.
            self._blind_since = self._clock()
        kinds = {one.kind for one in wanted}
        snapshots = {namespace: take_snapshot(self._api_server, namespace, kinds) for namespace in {one.namespace for one in wanted}}
        self._restart_clocks_after_outage()
        situations = [self._situation(one, snapshots[one.namespace]) for one in wanted]
        self._forget(situations)
        return situations

    def diagnose_ended(self, subject: Subject) -> Situation:
        """Return the final diagnosis, with logs, of a subject that ended without being ready. Raise ClusterError."""
        return self._situation(subject, take_snapshot(self._api_server, subject.namespace, [subject.kind]), over=True)

    def _restart_clocks_after_outage(self) -> None:
        """Restart the clocks that ran while the API server did not answer."""
        if self._blind_since is not None and self._clock() - self._blind_since > BLIND_SECONDS:
            self._begun.clear()
            self._since.clear()
        self._blind_since = None

    def _situation(self, subject: Subject, snapshot: Snapshot, *, over: bool = False) -> Situation:
        now = self._clock()
        begun = self._begun.setdefault(subject, now)
        findings: list[Finding] = []
        seen: set[str] = set()
        for suspicion in judge(subject, snapshot):
            seen.add(suspicion.key)
            since = self._since.setdefault((subject, suspicion.key), now)
            patience = max(suspicion.patience_seconds, INHERITED_SECONDS if since == begun else 0.0)
            finding = self._finding(suspicion, hopeless=over or now - since >= patience)
            if now - since >= suspicion.tells_after and not finding.hopeless:
                finding = replace(finding, told=self._news(subject, suspicion))
            findings.append(finding)
        for key in [key for key in self._since if key[0] == subject and key[1] not in seen]:
            del self._since[key]
        return Situation(subject=subject, waiting=describe_status(subject, snapshot), findings=tuple(findings))

    def _forget(self, situations: list[Situation]) -> None:
        """Forget subjects that nobody waits for any more."""
        current = {situation.subject for situation in situations}
        for key in [key for key in self._since if key[0] not in current]:
            del self._since[key]
        for subject in [subject for subject in self._begun if subject not in current]:
            del self._begun[subject]

    def _news(self, subject: Subject, suspicion: Suspicion) -> str:
        """Return the last log lines of what is waited for, the first time that it has some."""
        key = (subject, suspicion.key)
        if suspicion.log is None or key in self._told:
            return ""
        lines = "\n".join(f"    {line}" for line in last_lines(self._api_server, suspicion.log))
        if lines:
            self._told.add(key)
        return lines

    def _finding(self, suspicion: Suspicion, *, hopeless: bool) -> Finding:
        cause = suspicion.cause
        if hopeless and suspicion.log is not None:
            cause = "\n".join([cause, *(f"    {line}" for line in last_lines(self._api_server, suspicion.log))])
        return Finding(about=suspicion.about, cause=cause, next_step=suspicion.next_step, hopeless=hopeless)
