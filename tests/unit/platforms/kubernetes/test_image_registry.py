"""Whether a registry has an image, asked before anything waits for it."""

from collections.abc import Iterator

import pytest

from platforms.kubernetes.image_registry import missing_images
from tests.fakes.http import serving
from tests.support.ports import free_ports

THERE, MISSING, CLOSED = (f"sha256:{digit * 64}" for digit in "abc")


@pytest.fixture
def registry() -> Iterator[str]:
    """A registry with one image, and one that asks who is there."""

    def answer(_method: str, path: str, _body: object) -> tuple[int, object]:
        if path == f"/v2/team/image/manifests/{THERE}":
            return 200, {}
        return (401 if CLOSED in path else 404), {}

    with serving(answer) as server:
        yield f"127.0.0.1:{server.server_address[1]}"


def test_an_image_that_is_there_is_no_problem(registry: str) -> None:
    assert missing_images([f"{registry}/team/image@{THERE}", f"{registry}/team/image:tag@{THERE}"]) == []


def test_a_missing_one_names_the_copy_and_the_stack_that_the_digest_is_of(registry: str) -> None:
    [problem] = missing_images([f"{registry}/team/image@{THERE}", f"{registry}/team/image@{MISSING}"], source="dev")
    assert f"the registry does not have image {registry}/team/image@{MISSING}, whose digest is that of stack dev" in problem
    assert f"skopeo copy --preserve-digests docker://<registry of dev>/image@{MISSING} docker://{registry}/team/image:" in problem


def test_a_missing_one_of_the_settings_names_them(registry: str) -> None:
    [problem] = missing_images([f"{registry}/team/image@{MISSING}"])
    assert "image.flink" in problem


def test_what_cannot_be_told_is_no_problem(registry: str) -> None:
    """The cluster may have other ways and other credentials."""
    [port] = free_ports(1)
    assert missing_images([f"{registry}/team/image@{CLOSED}", f"127.0.0.1:{port}/team/image@{MISSING}"]) == []


def test_nothing_to_ask_for_asks_nobody() -> None:
    assert missing_images([]) == []
