"""A Flink for tests of SQL: JobManager, TaskManager and SQL Gateway in a data folder and on ports of their own, without Kafka.

It never touches the stack's Flink: a test that fills the TaskManager's memory must end no job of anybody. A file says that it is to stay;
without one, whoever uses it next ends what an interrupted run left behind.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from components.separate_flink import Say, install_missing, separate_ports, share_downloads
from embedded.control import ServiceControl
from embedded.errors import BusyError
from embedded.locks import file_lock
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.testing import TestFlink
from flinksql.testing.flink import JARS
from options.flink_lines import flink_line
from options.infrastructure import FlinkOptions

FOLDER = "sql-tests"
"""Below the stack's data folder."""
_SERVICES = (ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY)
_LOCK_SECONDS = 600.0
_FREE_SECONDS = 0.2
_HEARTBEAT_SECONDS = 120
"""A machine that builds something else starves the TaskManager for longer than a stack's would be waited for, and the test is no worse."""
_ROWS = "rows"
_KEPT = "kept"
"""The file that says that Flink stays when a run of tests has ended."""


@contextmanager
def flink_for_tests(
    data_folder: Path, line: str, *, keep: bool, say: Say = lambda _: None, class_archives: bool = True
) -> Iterator[TestFlink]:
    """Run a Flink as long as the block lasts, and on where it was kept before or `keep` says so. One run of tests at a time.

    Without `class_archives` nothing is prepared for a next start.

    Raises what starting a service raises: ArtifactError, JavaError, ServiceFailedError. Raises BusyError where the run of tests before
    this one does not end.
    """
    root = data_folder / FOLDER / line
    with _held(data_folder, line, say):
        share_downloads(data_folder, root)
        settings = replace(_settings(root, line), class_archives=class_archives)
        control = ServiceControl(settings)
        kept = root / _KEPT
        if not all(control.observe(one).ready for one in _SERVICES):
            kept.unlink(missing_ok=True)
            install_missing(settings, _SERVICES, say)
            say(f"starting Flink {flink_line(line).flink} for tests")
        if keep:
            kept.touch()
        try:
            with ThreadPoolExecutor(len(_SERVICES)) as pool:
                list(pool.map(control.start, _SERVICES))
            yield TestFlink(
                gateway=flink_endpoint(GATEWAY, settings.sql_gateway_url, root),
                jobmanager=flink_endpoint(JOB_MANAGER, settings.job_manager_url, root),
                folder=root / _ROWS,
            )
        finally:
            if not kept.exists():
                control.await_archives(seconds=60)
                control.shutdown()


def jars_folder(data_folder: Path, line: str) -> Path:
    """Return where the tests' Flink of a line finds the jars of functions, also before it runs."""
    return data_folder / FOLDER / line / _ROWS / JARS


def stop(data_folder: Path, line: str) -> bool:
    """Stop a Flink that was kept. False when none runs. Raises BusyError while tests run on it."""
    root = data_folder / FOLDER / line
    if not root.is_dir():
        return False
    with ExitStack() as held:
        try:
            held.enter_context(file_lock(_lock_file(data_folder, line), timeout_seconds=_FREE_SECONDS))
        except BusyError:
            raise BusyError("tests run on this Flink: wait until they have ended, or end them, and run this again") from None
        control = ServiceControl(_settings(root, line))
        ran = any(control.observe(one).ready for one in _SERVICES)
        (root / _KEPT).unlink(missing_ok=True)
        control.shutdown()
    return ran


@contextmanager
def _held(data_folder: Path, line: str, say: Say) -> Iterator[None]:
    """Hold Flink for one run of tests. One that has to wait for another says so."""
    file = _lock_file(data_folder, line)
    with ExitStack() as held:
        try:
            held.enter_context(file_lock(file, timeout_seconds=_FREE_SECONDS))
        except BusyError:
            say(f"waiting for another run of tests in {data_folder}")
            held.enter_context(file_lock(file, timeout_seconds=_LOCK_SECONDS))
        yield


def _lock_file(data_folder: Path, line: str) -> Path:
    return data_folder / FOLDER / f"{line}.lock"


def _settings(root: Path, line: str) -> EmbeddedSettings:
    return EmbeddedSettings(
        data_folder=root,
        flink=FlinkOptions(line=line),
        ports=separate_ports(root),
        extra_sets=(flink_line(line).testing_set,),
        heartbeat_timeout_seconds=_HEARTBEAT_SECONDS,
    )
