"""A provider whose creations end only when enough of them are under way at the same time."""

from threading import Barrier
from typing import Any

from pulumi.dynamic import CreateResult, ResourceProvider

TOGETHER = 16
_MEETING = Barrier(TOGETHER, timeout=30)


class WaitingProvider(ResourceProvider):
    """Meets the others, or fails after half a minute."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait for the others."""
        _MEETING.wait()
        return CreateResult("met", props)
