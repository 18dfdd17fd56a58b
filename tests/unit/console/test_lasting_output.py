"""A run goes on when nobody reads what is shown of it."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from console.lasting_output import LastingOutput

REPOSITORY = Path(__file__).parents[3]


def test_what_nobody_reads_is_dropped() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        lasting = LastingOutput(stream)
        lasting.write("read\n")
        lasting.flush()
        assert os.read(reading, 100) == b"read\n"
        os.close(reading)
        for _ in range(3):
            lasting.write("x" * 100_000)
            lasting.flush()


def test_another_trouble_is_told() -> None:
    class Full:
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        LastingOutput(cast("LastingOutput", Full())).write("x")  # type: ignore[arg-type]


SCRIPT = """
import sys
from console.lasting_output import outlast_readers
outlast_readers()
outlast_readers()
from rich.console import Console
out, err = Console(), Console(stderr=True)
for number in range(2000):
    out.print(f"line {number}")
    err.print(f"remark {number}")
sys.exit(7)
"""


def test_the_exit_code_is_the_runs_and_nothing_is_complained_of() -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "line 0\n"
    process.stdout.close()
    remarks = process.stderr.read()
    assert process.wait(timeout=60) == 7
    assert remarks.splitlines()[-1] == "remark 1999"
    assert "BrokenPipe" not in remarks
