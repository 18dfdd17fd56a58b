"""No file of the product knows our two bundles: what it must know of a bundle, the bundle's manifest says.

Read are all files of the product as text. Left out are the bundles themselves, tests, samples and docs.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import REPOSITORY

FOLDERS = (
    "components",
    "settings",
    "platforms",
    "console",
    "options",
    "embedded",
    "flinksql",
    "modelgateway",
    "webproxy",
    "cluster",
    "docker",
    ".github",
    ".ci",
)
FILES = ("__main__.py", "Makefile", "pyproject.toml", "Pulumi.yaml", "requirements.txt")
LEFT_OUT = re.compile(r"__pycache__|\.pyc$|\.lock$|\.svg$|/go\.(mod|sum)$")
OWN_NAME = re.compile(r"flink[-_.]reviews", re.IGNORECASE)
"""The project's name, and what it marks its processes with."""
NAMES = re.compile(
    r"(?<![a-z])reviews?(?![a-z])"
    r"|(?<![a-z])articles?(?![a-z])"
    r"|product_(id|name|reviews?|review_\w+)|average_rating|(negative|positive)_reviews|llm_summary|(?<![\w.])P[1-6]00(?!\d)"
    r"|key_strengths|key_complaints|recommended_action|heartbeat_(keys|interval|hold)|windowSeconds",
    re.IGNORECASE,
)
ALLOWED = {
    "modelgateway/extractive/answer.py": (
        r"key_strengths|key_complaints|recommended_action",
        "the answers that the offline model can give; a prompt may ask for any of them, and which it asks for stands in the bundle",
    ),
    "settings/former_keys.py": (r"windowSeconds", "the key that stack files of before have"),
    "flinksql/flink/gateway/wire.py": (r"product_name", "a field of Flink's REST API"),
    "cluster/api_server.py": (r"access review", "what Kubernetes calls the object"),
    "platforms/kubernetes/rights.py": (r"selfsubjectaccessreviews", "a path of Kubernetes' API"),
}
"""Words that a file may have, each with the reason."""


def product_files() -> Iterator[Path]:
    for name in FOLDERS:
        yield from (file for file in sorted((REPOSITORY / name).rglob("*")) if file.is_file())
    yield from (REPOSITORY / name for name in FILES)
    yield from sorted(REPOSITORY.glob("Pulumi.*.yaml"))


def found_in(text: str, allowed: str) -> list[str]:
    own = OWN_NAME.sub("", text)
    if allowed:
        own = re.sub(allowed, "", own)
    lines = own.splitlines()
    return [f"{number}: {line.strip()}" for number, line in enumerate(lines, start=1) if NAMES.search(line)]


def test_no_file_of_the_product_names_a_bundle_or_what_is_in_it() -> None:
    named: list[str] = []
    read = 0
    for file in product_files():
        shown = file.relative_to(REPOSITORY).as_posix()
        if LEFT_OUT.search(shown):
            continue
        read += 1
        allowed, _reason = ALLOWED.get(shown, ("", ""))
        named += [f"{shown}:{line}" for line in found_in(file.read_text(encoding="utf-8", errors="replace"), allowed)]
    assert not named, "\n".join(named)
    assert read > 300


@pytest.mark.parametrize("file", [pytest.param(file, id=file) for file in sorted(ALLOWED)])
def test_what_is_allowed_is_still_there(file: str) -> None:
    allowed, reason = ALLOWED[file]
    assert re.search(allowed, (REPOSITORY / file).read_text(encoding="utf-8"))
    assert reason


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("see sql/reviews", id="a bundle"),
        pytest.param("the article's statements", id="the other bundle"),
        pytest.param('TOPIC = "product_review_summary"', id="a topic"),
        pytest.param('fields.get("average_rating")', id="a column"),
        pytest.param("P100", id="a product of the samples"),
    ],
)
def test_such_a_name_would_be_found(line: str) -> None:
    assert found_in(line, "")


@pytest.mark.parametrize("line", [pytest.param("flink-reviews preview", id="the project"), pytest.param("accessreviews", id="Kubernetes")])
def test_a_name_of_something_else_is_none(line: str) -> None:
    assert not found_in(line, "")
