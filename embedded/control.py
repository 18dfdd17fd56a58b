"""Starting, observing and stopping the services of one data folder. The public interface of this package for those who run it."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from embedded import flink_ui, llamacpp, ports, processes, readiness
from embedded.artifacts import missing_jars
from embedded.certificates import ensure_certificates, remove_certificates
from embedded.data_folder import ensure_folder
from embedded.errors import ArtifactError, ServiceFailedError
from embedded.jars import Jar
from embedded.java import require_java
from embedded.launch import edited_files, format_kafka, prepare, prepare_archive
from embedded.locks import file_lock
from embedded.logs import log_size, root_cause
from embedded.planner_run import begin_planner_run
from embedded.service_record import Record, read_record, remove_record, write_record
from embedded.services import jars_for, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName, Specification
from embedded.supervision import Supervisor
from embedded.supervisor_files import archive_configuration, archive_group, service_configuration

READY_SECONDS = 180.0
_LOCK_SECONDS = 400.0
_POLL_SECONDS = 0.1
_ASK_SECONDS = 0.5
"""The supervisor is asked more seldom: six services that start at once would keep it busy, and with it a core that they need."""
_TRIES = 2
"""How many processes may exit while a service starts before the start counts as failed."""


class ServiceState(StrEnum):
    """The state of a service's process."""

    RUNNING = "running"
    STARTING = "starting"
    FAILED = "failed"
    """Exited and being restarted, or given up: `reason` says why."""
    STOPPING = "stopping"
    STOPPED = "stopped"


_STATES = {
    "RUNNING": ServiceState.RUNNING,
    "STARTING": ServiceState.STARTING,
    "BACKOFF": ServiceState.FAILED,
    "EXITED": ServiceState.FAILED,
    "FATAL": ServiceState.FAILED,
    "STOPPING": ServiceState.STOPPING,
}


@dataclass(frozen=True, kw_only=True)
class Started:
    """A service that is ready. `changed` is false when it was already running as wanted."""

    pid: int
    digest: str
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A service as it is now. `reason` is empty when it is ready. `digest` is that of the running specification, empty if none runs."""

    state: ServiceState
    pid: int
    uptime_seconds: float
    ready: bool
    reason: str
    digest: str


class ServiceControl:
    """The services of the data folder in `settings`. Every method is safe to call from several threads and processes at once."""

    def __init__(self, settings: EmbeddedSettings) -> None:
        self._settings = settings
        self._folder = settings.folder
        self._supervisor = Supervisor(self._folder)

    def start(self, service: ServiceName, *, ready_seconds: float = READY_SECONDS) -> Started:
        """Run a service as specified and wait until it is ready. Leave it alone if it already runs that way.

        Raise ArtifactError or JavaError when something is not installed yet. Raise PortTakenError when a port is taken, before anything
        is stopped or started. Raise ServiceFailedError, with the cause from its log, when it exits or is not ready in time.
        """
        wanted = specification(service, self._settings)
        ensure_folder(self._folder)
        with file_lock(self._folder.locks / f"{service}.lock", timeout_seconds=_LOCK_SECONDS):
            require_jars(self._settings, jars_for(service, self._settings))
            if service is ServiceName.MODEL_SERVER:
                require_packages(self._settings)
            if llamacpp.key_file(self._folder) in wanted.secret_files:
                llamacpp.ensure_key(self._folder)
            if self._settings.flink.mutual_tls:
                ensure_certificates(self._folder)
            if service is ServiceName.FLINK_UI:
                flink_ui.ensure_token(self._folder)
            self._supervisor.ensure()
            since = log_size(self._folder.log(service))
            changed = not self._runs_as(wanted)
            if changed:
                self._replace(wanted)
            pid = self._wait(wanted, since=since, ready_seconds=ready_seconds)
            if changed:
                self._make_archive(wanted)
        return Started(pid=pid, digest=wanted.digest, changed=changed)

    def observe(self, service: ServiceName) -> Observed:
        """Observe a service without changing anything: ask the supervisor, and probe the service once."""
        group = self._supervisor.state(service)
        state = _STATES.get(group.state, ServiceState.STOPPED) if group else ServiceState.STOPPED
        missing = self._missing(service, state)
        if state is ServiceState.STARTING and not missing:
            # The supervisor reports RUNNING only after some seconds; a service that passes its probe is running.
            state = ServiceState.RUNNING
        record = read_record(self._folder, service)
        return Observed(
            state=state,
            pid=group.pid if group else 0,
            uptime_seconds=max(group.now - group.started, 0.0) if group and state in (ServiceState.RUNNING, ServiceState.STARTING) else 0.0,
            ready=not missing,
            reason=missing,
            digest=record.digest if record and group else "",
        )

    def edited_files(self, service: ServiceName) -> list[Path]:
        """Return the service's configuration files that were edited or removed since they were written."""
        return edited_files(specification(service, self._settings))

    def stop(self, service: ServiceName) -> None:
        """Stop a service and forget it, even one that lost its supervisor. Do nothing if it is not running."""
        with file_lock(self._folder.locks / f"{service}.lock", timeout_seconds=_LOCK_SECONDS):
            self._remove(service)

    def await_archives(self, *, seconds: float) -> bool:
        """Wait until every archive of a running service is made. Return false when that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        while any(self._makes_archive(service) for service in ServiceName):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def shutdown(self) -> None:
        """Stop everything of this data folder, including the supervisor, and remove the files that exist only while something runs."""
        if not self._folder.root.is_dir():
            return
        for service in ServiceName:
            remove_record(self._folder, service)
        self._supervisor.shutdown()
        remove_certificates(self._folder)
        flink_ui.token_file(self._folder).unlink(missing_ok=True)

    def leftovers(self) -> list[processes.Leftover]:
        """List processes of this data folder without a supervisor: those that a killed supervisor left behind."""
        kept = set(self._supervisor.pids())
        return [one for one in processes.marked(self._folder) if processes.parent_of(one.pid) not in kept]

    def _runs_as(self, wanted: Specification) -> bool:
        group = self._supervisor.state(wanted.service)
        running = group is not None and group.state in ("RUNNING", "STARTING")
        return running and read_record(self._folder, wanted.service) == Record.of(wanted) and not edited_files(wanted)

    def _replace(self, wanted: Specification) -> None:
        java = require_java(self._folder)
        group = self._supervisor.state(wanted.service)
        processes.end([one.pid for one in self.leftovers() if one.service == wanted.service])
        # Checked before the old process is stopped: a healthy process must not be replaced by one that cannot start.
        ports.require_free(wanted.ports, except_pid=group.pid if group else 0)
        self._remove(wanted.service)
        if wanted.service is ServiceName.SQL_GATEWAY:
            begin_planner_run(self._folder)
        record = Record.of(wanted)
        script = prepare(wanted, self._folder, java, class_archives=self._settings.class_archives)
        if wanted.service is ServiceName.KAFKA:
            format_kafka(self._settings, java)
        self._supervisor.apply(wanted.service, service_configuration(wanted, script, self._folder))
        write_record(self._folder, wanted.service, record)

    def _make_archive(self, wanted: Specification) -> None:
        script = prepare_archive(wanted, self._folder, require_java(self._folder))
        if script:
            configuration = archive_configuration(wanted.service, script, self._folder)
            self._supervisor.apply(archive_group(wanted.service), configuration)

    def _makes_archive(self, service: ServiceName) -> bool:
        group = self._supervisor.state(archive_group(service))
        return group is not None and group.state in ("RUNNING", "STARTING")

    def _remove(self, service: ServiceName) -> None:
        remove_record(self._folder, service)
        self._supervisor.remove(archive_group(service))
        self._supervisor.remove(service)
        processes.end([one.pid for one in processes.marked(self._folder) if one.service == service])

    def _wait(self, wanted: Specification, *, since: int, ready_seconds: float) -> int:
        deadline = time.monotonic() + ready_seconds
        ended: set[int] = set()
        pid = 0
        ask_at = 0.0
        while True:
            missing = readiness.probe(wanted.service, self._settings)
            if missing and time.monotonic() < min(ask_at, deadline):
                time.sleep(_POLL_SECONDS)
                continue
            ask_at = time.monotonic() + _ASK_SECONDS
            group = self._supervisor.state(wanted.service)
            if group is not None and group.pid and not missing:
                return group.pid
            if pid and (group is None or group.pid != pid):
                ended.add(pid)
            pid = group.pid if group else 0
            gave_up = (group is not None and group.state == "FATAL") or len(ended) >= _TRIES
            if gave_up or time.monotonic() >= deadline:
                raise self._failure(wanted, missing, since=since, ended=gave_up, waited=ready_seconds)
            time.sleep(_POLL_SECONDS)

    def _failure(self, wanted: Specification, missing: str, *, since: int, ended: bool, waited: float) -> ServiceFailedError:
        log = self._folder.log(wanted.service)
        cause = root_cause(log, since=since).rstrip(".")
        if not ended:
            return ServiceFailedError(f"{wanted.service} was not ready after {waited:.0f} s: {missing}. Last in its log {log}: {cause}")
        self._remove(wanted.service)
        return ServiceFailedError(f"{wanted.service} ended while it started: {cause}. Its log is {log}")

    def _missing(self, service: ServiceName, state: ServiceState) -> str:
        if state is ServiceState.STOPPED:
            return "it does not run" if self._supervisor.running() else "it does not run: the supervisor is not there"
        if state is ServiceState.FAILED:
            return root_cause(self._folder.log(service))
        return readiness.probe(service, self._settings)


def require_packages(settings: EmbeddedSettings) -> None:
    """Raise ArtifactError when llama.cpp's server or its model is not in the data folder."""
    if missing := llamacpp.missing_packages(settings):
        names = " and ".join(f"requirements/{name}.lock" for name in missing)
        raise ArtifactError(f"the packages of {names} are not in {settings.folder.model_server} yet: run `make up`, which installs them")


def require_jars(settings: EmbeddedSettings, jars: tuple[Jar, ...]) -> None:
    """Raise ArtifactError when a jar is not in the data folder."""
    missing = missing_jars(settings.folder.artifacts, jars)
    if missing:
        raise ArtifactError(
            f"{len(missing)} of {len(jars)} jars are not in {settings.folder.artifacts} yet: run `make up`, which fetches them"
        )
