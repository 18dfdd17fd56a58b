"""How services ended, from logs as the supervisor, the JVM and Flink write them."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from embedded.data_folder import DataFolder
from embedded.service_exits import RecentExits, recent_exits
from embedded.specification import ServiceName

NOW = 1_800_000_000.0
THREAD = "WindowAggregate[60] -> Calc[61] -> sink[62]: Writer (1/1)#2"
CRASH = f"""\
#
# A fatal error has been detected by the Java Runtime Environment:
#
#  fatal error: OutOfMemory encountered: Java heap space
#
---------------  T H R E A D  ---------------

Current thread (0x00007fe173231800):  JavaThread "{THREAD}" [_thread_in_vm, id=21623, stack(0x1,0x2)]
"""
EXIT_THREE = "exited: taskmanager (exit status 3; not expected)"
EXIT_ONE = "exited: taskmanager (exit status 1; not expected)"
KILLED = "exited: taskmanager (terminated by SIGKILL; not expected)"


def supervisor_line(ago: float, what: str) -> str:
    # The supervisor writes local time.
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(NOW - ago))},001 WARN {what}\n"


def service_line(ago: float) -> str:
    # The services write UTC, whatever the machine's zone is.
    return f"{datetime.fromtimestamp(NOW - ago, UTC).strftime('%Y-%m-%d %H:%M:%S')},001 INFO  TaskManagerRunner Starting\n"


def seen(
    root: Path, supervisor: str, service: str = "", crash: str = "", name: ServiceName = ServiceName.TASK_MANAGER
) -> RecentExits | None:
    folder = DataFolder(root=root)
    folder.logs.mkdir(exist_ok=True)
    folder.log("supervisor").write_text(supervisor, encoding="utf-8")
    folder.log(name).write_text(service, encoding="utf-8")
    if crash:
        folder.crash(name).write_text(crash, encoding="utf-8")
    return recent_exits(folder, name, now=NOW)


@pytest.mark.parametrize(
    ("supervisor", "count", "again"),
    [
        pytest.param("", None, False, id="never"),
        pytest.param(supervisor_line(60, EXIT_THREE), 1, False, id="once"),
        pytest.param("".join(supervisor_line(ago, EXIT_ONE) for ago in (60, 40, 20)), 3, True, id="again and again"),
        pytest.param("".join(supervisor_line(ago, KILLED) for ago in (400, 300, 200)), 3, False, id="quiet by now"),
        pytest.param("".join(supervisor_line(ago, EXIT_ONE) for ago in (3000, 2000, 20)), 3, False, id="now and then"),
        pytest.param(supervisor_line(4000, EXIT_ONE), None, False, id="long ago"),
        pytest.param(
            supervisor_line(60, EXIT_ONE) + supervisor_line(50, "stopped: taskmanager (exit status 143)"), None, False, id="started anew"
        ),
        pytest.param(
            supervisor_line(60, EXIT_ONE) + supervisor_line(50, "stopped: kafka (exit status 143)"), 1, False, id="another one started anew"
        ),
        pytest.param(
            supervisor_line(60, EXIT_ONE) + supervisor_line(50, "supervisord started with pid 5"), None, False, id="another supervisor"
        ),
        pytest.param(supervisor_line(60, EXIT_ONE.replace("taskmanager", "kafka")), None, False, id="another service"),
        pytest.param(supervisor_line(60, "exited: taskmanager (exit status 0; expected)"), None, False, id="on purpose"),
        pytest.param("no time at all\n", None, False, id="another line"),
    ],
)
def test_ends_of_the_last_hour_are_counted(tmp_path: Path, supervisor: str, count: int | None, *, again: bool) -> None:
    found = seen(tmp_path, supervisor)
    assert (found.count if found else None, found.again if found else False) == (count, again)


@pytest.mark.parametrize(
    ("log", "error", "thread"),
    [
        pytest.param(
            service_line(90) + "Aborting due to java.lang.OutOfMemoryError: Java heap space\n# A fatal error\n" + service_line(58),
            "OutOfMemoryError: Java heap space",
            THREAD,
            id="out of heap, and back",
        ),
        pytest.param(
            service_line(3000) + "Terminating due to java.lang.OutOfMemoryError: Metaspace\n",
            "OutOfMemoryError: Metaspace",
            THREAD,
            id="not back",
        ),
        pytest.param(
            "Aborting due to java.lang.OutOfMemoryError: Java heap space\n" + service_line(1000) + service_line(58),
            "",
            "",
            id="an older end",
        ),
        pytest.param(service_line(58), "", "", id="something else"),
    ],
)
def test_the_memory_error_is_that_of_the_end(tmp_path: Path, log: str, error: str, thread: str) -> None:
    found = seen(tmp_path, supervisor_line(60, EXIT_ONE), log, CRASH)
    assert found is not None
    assert (found.out_of_memory, found.thread, found.how) == (error, thread, "exit status 1")


def test_a_log_that_was_rotated_since_is_read_too(tmp_path: Path) -> None:
    DataFolder(root=tmp_path).logs.mkdir()
    before = DataFolder(root=tmp_path).log(ServiceName.TASK_MANAGER).with_name("taskmanager.log.1")
    before.write_text("Aborting due to java.lang.OutOfMemoryError: Java heap space\n" + "z" * 2_000_000, encoding="utf-8")
    found = seen(tmp_path, supervisor_line(60, EXIT_ONE), "\n" + service_line(58))
    assert found is not None
    assert found.out_of_memory == "OutOfMemoryError: Java heap space"


def test_without_a_report_no_thread_is_known(tmp_path: Path) -> None:
    log = "Terminating due to java.lang.OutOfMemoryError: Java heap space\n"
    found = seen(tmp_path, supervisor_line(60, EXIT_THREE), log)
    assert found is not None
    assert (found.out_of_memory, found.thread) == ("OutOfMemoryError: Java heap space", "")


def test_without_any_log_nothing_is_known(tmp_path: Path) -> None:
    assert recent_exits(DataFolder(root=tmp_path), ServiceName.KAFKA, now=NOW) is None
