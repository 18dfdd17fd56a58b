"""Whether a registry has an image, asked before anything waits for it."""

from collections.abc import Iterator

import pytest

from platforms.kubernetes.image_registry import image_labels, missing_images
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
    copy = f"skopeo copy --preserve-digests --dest-tls-verify=false docker://<registry of dev>/image@{MISSING}"
    assert f"{copy} docker://{registry}/team/image:" in problem, "a registry on this machine speaks plain HTTP"


def test_where_that_stack_tells_its_repository_the_copy_can_be_typed_as_it_is(registry: str) -> None:
    reference = f"{registry}/team/image@{MISSING}"
    [problem] = missing_images([reference], source="dev", copies={reference: "localhost:5001/of-dev"})
    options = "--preserve-digests --src-tls-verify=false --dest-tls-verify=false"
    assert f"`skopeo copy {options} docker://localhost:5001/of-dev@{MISSING} docker://{registry}/team/image:" in problem
    [problem] = missing_images([reference], source="dev", copies={reference: "registry.example.com/of-dev"})
    assert f"--preserve-digests --dest-tls-verify=false docker://registry.example.com/of-dev@{MISSING} " in problem


def test_a_missing_one_of_the_settings_names_them(registry: str) -> None:
    [problem] = missing_images([f"{registry}/team/image@{MISSING}"])
    assert "image.flink" in problem


def test_what_cannot_be_told_is_no_problem(registry: str) -> None:
    """The cluster may have other ways and other credentials."""
    [port] = free_ports(1)
    assert missing_images([f"{registry}/team/image@{CLOSED}", f"127.0.0.1:{port}/team/image@{MISSING}"]) == []


def test_the_labels_of_an_image_are_those_of_its_configuration() -> None:
    """Of several architectures the first tells: all are built from one context."""
    base = "/v2/team/image"
    answers: dict[str, object] = {
        f"{base}/manifests/{THERE}": {"manifests": [{"digest": MISSING}]},
        f"{base}/manifests/{MISSING}": {"config": {"digest": CLOSED}},
        f"{base}/blobs/{CLOSED}": {"config": {"Labels": {"flink-reviews.jars": "ab cd"}}},
    }
    with serving(lambda _method, path, _body: (200, answers[path]) if path in answers else (404, {})) as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        assert image_labels(f"{host}/team/image:tag@{THERE}") == {"flink-reviews.jars": "ab cd"}
        assert image_labels(f"{host}/team/other@{THERE}") is None
    assert image_labels(f"{host}/team/image@{THERE}") is None


def test_an_image_without_labels_has_none(registry: str) -> None:
    answers: dict[str, object] = {
        f"/v2/i/manifests/{THERE}": {"config": {"digest": CLOSED}},
        f"/v2/i/blobs/{CLOSED}": {"config": {"Labels": None}},
    }
    with serving(lambda _method, path, _body: (200, answers[path]) if path in answers else (404, {})) as server:
        assert image_labels(f"127.0.0.1:{server.server_address[1]}/i@{THERE}") == {}
    assert image_labels(f"{registry}/team/image@{CLOSED}") is None, "one that asks who is there"


def test_nothing_to_ask_for_asks_nobody() -> None:
    assert missing_images([]) == []
