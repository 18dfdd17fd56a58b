"""What the next stage is told of an image, and what is said when nobody knows its digest."""

import pulumi
import pytest

from platforms.kubernetes.images import digest_of


def test_the_digest_is_what_follows_the_repository() -> None:
    assert digest_of("localhost:5001/flink-ai-demo@sha256:ab") == "sha256:ab"


@pytest.mark.parametrize(
    "reference", [pytest.param(None, id="none"), pytest.param("", id="empty"), pytest.param("localhost:5001/a:1", id="tag")]
)
def test_an_image_without_one_is_named_with_what_to_do(reference: str | None) -> None:
    with pytest.raises(pulumi.RunError, match="has no digest: it was not pushed") as caught:
        digest_of(reference)
    assert "Is the registry running?" in str(caught.value)
