"""Which platform a stack runs on is asked in one place: a new platform then touches its own folder and the registry."""

import re
from pathlib import Path

import pytest

from components.names import PROJECT_FOLDER

ASKS = re.compile(r"PlatformKind|is_on_kubernetes|\.platform (?:is|==|!=|in)\b|\[\"platform\"\] (?:is|==|!=)|get\(\"platform\"")
PACKAGES = ("components", "console", "platforms", "flinksql", "embedded", "cluster", "modelgateway", "webproxy", "benchmarks")
MAY_ASK = ("components/settings", "settings/", "platforms/registry.py")
"""The settings have keys that count on one platform only; the registry chooses."""


def questions(text: str) -> list[int]:
    """Return the lines of a module that ask which platform it is."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if ASKS.search(line)]


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        pytest.param("if settings.platform is PlatformKind.EMBEDDED:", True, id="the settings"),
        pytest.param('if outputs["platform"] == "kubernetes":', True, id="outputs"),
        pytest.param('if project.values.get("platform") != "kubernetes":', True, id="the stack file"),
        pytest.param("if is_on_kubernetes(outputs):", True, id="a function"),
        pytest.param("platform = platform_of(settings)", False, id="the choice"),
        pytest.param("if platform.comes_up_later:", False, id="what the platform says"),
    ],
)
def test_a_question_is_known_by_its_words(line: str, asks: bool) -> None:
    assert bool(questions(line)) is asks


def test_nobody_else_asks() -> None:
    modules = [file for package in PACKAGES for file in sorted((PROJECT_FOLDER / package).rglob("*.py"))]
    assert len(modules) > 200
    found = {_shown(file): questions(file.read_text(encoding="utf-8")) for file in modules}
    assert {place: lines for place, lines in found.items() if lines and not place.startswith(MAY_ASK)} == {}


def _shown(file: Path) -> str:
    return file.relative_to(PROJECT_FOLDER).as_posix()
