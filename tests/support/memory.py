"""What stands in the memory of a process of this machine: every readable mapping, searched for bytes. Linux, and the process's own user."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_AROUND = 60
_MAPPING = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<rights>\S+) \S+ \S+ \S+ *(?P<name>.*)")
_PART = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Found:
    """A place in memory: the mapping's name, and what stands around it with the bytes that were searched for as `<KEY>`."""

    mapping: str
    around: str


def search(pid: int, wanted: bytes) -> list[Found]:
    """Return where the bytes stand. Raises OSError when the process is gone."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end, name in _mappings(pid):
            for part in range(start, end, _PART):
                found += [Found(mapping=name, around=one) for one in _in_part(memory.fileno(), part, min(part + _PART, end), wanted)]
    return found


def _mappings(pid: int) -> Iterator[tuple[int, int, str]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        match = _MAPPING.match(line)
        if match and match["rights"].startswith("r") and match["name"] not in {"[vvar]", "[vsyscall]", "[vdso]"}:
            yield int(match["start"], 16), int(match["end"], 16), match["name"] or "anonymous"


def _in_part(descriptor: int, start: int, end: int, wanted: bytes) -> Iterator[str]:

    try:
        content = os.pread(descriptor, end - start, start)
    except OSError:
        return  # a page that is mapped and not there
    at = content.find(wanted)
    while at >= 0:
        around = content[max(at - _AROUND, 0) : at + len(wanted) + _AROUND].replace(wanted, b"<KEY>")
        yield "".join(chr(byte) if 32 <= byte < 127 else "." for byte in around)
        at = content.find(wanted, at + 1)
