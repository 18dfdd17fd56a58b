"""The cause that people are told, found in logs as the services write them."""

from pathlib import Path

import pytest

from embedded.logs import log_size, root_cause, root_cause_of

NESTED = """\
2026-11-23 03:20:51,571 ERROR TaskManagerRunner Terminating TaskManagerRunner with exit code 1.
org.apache.flink.util.FlinkException: Failed to start the TaskManagerRunner.
\tat org.apache.flink.runtime.taskexecutor.TaskManagerRunner.runTaskManager(TaskManagerRunner.java:503)
Caused by: java.lang.IllegalStateException: outer
\tat A.b(A.java:1)
Caused by: java.lang.IllegalArgumentException: inner
\t... 5 more
2026-11-23 03:20:51,575 INFO  TaskExecutorStateChangelogStoragesManager Shutting down.
"""


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param(NESTED, "java.lang.IllegalArgumentException: inner", id="innermost cause"),
        pytest.param(
            "java.lang.OutOfMemoryError: Java heap space\n" + NESTED, "java.lang.OutOfMemoryError: Java heap space", id="memory first"
        ),
        pytest.param(
            "x java.net.BindException: Address already in use\n" + NESTED, "x java.net.BindException: Address already in use", id="port"
        ),
        pytest.param(
            "Terminating due to java.lang.OutOfMemoryError: Metaspace", "java.lang.OutOfMemoryError: Metaspace", id="exit on no memory"
        ),
        pytest.param("# A fatal error\n#\n#  SIGBUS (0x7) at pc=0x1, pid=2\n#\n", "SIGBUS (0x7) at pc=0x1, pid=2", id="crashed JVM"),
        pytest.param('Exception in thread "main" a.b.CError: no\n\tat x', "a.b.CError: no", id="uncaught"),
        pytest.param("a.b.CException: one\n12:00 ERROR Main two", "a.b.CException: one", id="exception before complaint"),
        pytest.param("12:00 INFO x\nERROR:    port taken\nINFO: y", "port taken", id="complaint"),
        pytest.param("one\n\ntwo\n", "two", id="last line"),
        pytest.param("", "it wrote nothing to its log", id="nothing"),
        pytest.param("y" * 1000, "y" * 399 + "…", id="long line"),
    ],
)
def test_the_cause_is_the_line_that_explains(text: str, cause: str) -> None:
    assert root_cause_of(text) == cause


def test_what_was_logged_before_the_start_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Caused by: old.OldException: old\n")
    since = log_size(log)
    with log.open("a") as file:
        file.write("new line\n")
    assert root_cause(log, since=since) == "new line"


def test_a_log_rotated_since_the_start_is_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("short\n")
    assert root_cause(log, since=1000) == "short"


def test_a_missing_log_is_told(tmp_path: Path) -> None:
    assert root_cause(tmp_path / "none") == "it wrote nothing to its log"
    assert log_size(tmp_path / "none") == 0


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe\nCaused by: a.B: caf\xc3\xa9\n")
    assert root_cause(log) == "a.B: café"
