"""What a branch changes in the files of a bundle, and in the stack's settings, as git says it."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode

_SECONDS = 60.0
_BEGIN = "diff --git "


@dataclass(frozen=True, kw_only=True)
class FileDiff:
    """One file. `text` is the unified diff without its head; a binary file has none."""

    path: str
    text: str

    @property
    def added(self) -> int:
        """Lines that were added."""
        return sum(line.startswith("+") for line in self.text.splitlines())

    @property
    def removed(self) -> int:
        """Lines that were removed."""
        return sum(line.startswith("-") for line in self.text.splitlines())


def changed_files(folder: Path, base: str, paths: Sequence[Path]) -> list[FileDiff]:
    """Compare the work tree at `folder` with where it left the commit or branch `base`, in these files and folders.

    Raises ConsoleError when git is missing, does not know `base`, or the folder is no repository.
    """
    if base.startswith("-"):
        raise ConsoleError(f"{base} is not a commit or branch", exit_code=ExitCode.USAGE)
    start = _git(folder, "merge-base", base, "HEAD").strip()
    told = _git(folder, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", start, "--", *(str(one) for one in paths))
    return [_file_diff(part) for part in told.split(f"\n{_BEGIN}") if part.strip()]


def _file_diff(part: str) -> FileDiff:
    head, *rest = part.splitlines()
    names = {line[:4]: line[4:].removeprefix("a/").removeprefix("b/") for line in rest if line.startswith(("--- ", "+++ "))}
    path = next((names[key] for key in ("+++ ", "--- ") if names.get(key, "/dev/null") != "/dev/null"), head.rpartition(" b/")[2])
    begin = next((at for at, line in enumerate(rest) if line.startswith("@@")), len(rest))
    return FileDiff(path=path.strip('"\t'), text="\n".join(rest[begin:]))


def _git(folder: Path, *arguments: str) -> str:
    command = ("git", "-c", "core.quotePath=false", *arguments)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise ConsoleError("there is no `git` on PATH, so the changed files cannot be shown", advice="leave --base out") from None
    except subprocess.TimeoutExpired:
        raise ConsoleError(f"`git {arguments[0]}` did not answer within {_SECONDS:.0f} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ConsoleError(
            f"`git {arguments[0]}` failed: {said[-1] if said else 'it gave no reason'}",
            advice="fetch the branch that --base names with its history (`fetch-depth: 0` in a checkout of CI)",
            exit_code=ExitCode.USAGE,
        )
    return done.stdout.decode(errors="replace")
