"""Set-ups that cannot work: settings and sources of the copy changed for a while, and put back."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.kubernetes.stack import KubernetesStack

Edits = Mapping[str, tuple[str, str]]
"""A file of the project, and what in it is replaced by what."""


@contextmanager
def broken(stack: KubernetesStack, settings: Mapping[str, str | int], edits: Edits) -> Iterator[None]:
    """Change the stack file and sources for as long as the block runs."""
    stack_file = stack.copy.folder / f"Pulumi.{stack.copy.stack}.yaml"
    with as_before(stack_file, *(stack.copy.folder / name for name in edits)):
        stack.copy.configure(**settings)
        for name, (old, new) in edits.items():
            file = stack.copy.folder / name
            text = file.read_text(encoding="utf-8")
            assert old in text, f"{name} has no {old!r} any more"
            file.write_text(text.replace(old, new, 1), encoding="utf-8")
        yield


@contextmanager
def as_before(*files: Path) -> Iterator[None]:
    """Put the files back at the end of the block, whatever it wrote."""
    texts = [file.read_text(encoding="utf-8") for file in files]
    try:
        yield
    finally:
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")


def chart_of_another_version(stack: KubernetesStack, version: str) -> Path:
    """Return a copy of the operator's chart under another version, whose image nobody has."""
    known = stack.copy.data / "charts"
    source = Path(stack.given.chart) if stack.given.chart else next(known.glob("*/*/Chart.yaml")).parent
    target = stack.copy.folder / "another-chart" / source.name
    shutil.rmtree(target.parent, ignore_errors=True)
    shutil.copytree(source, target)
    about = target / "Chart.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("1.15.0", version), encoding="utf-8")
    return target
