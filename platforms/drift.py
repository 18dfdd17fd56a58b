"""What a run of the engine asks before it begins: whether the world is still as the state has it."""

from collections.abc import Callable
from typing import Protocol

from platforms.state import StackState

Say = Callable[[str], None]


class DriftCheck(Protocol):
    """Looks at the world before a run, and says what of it must be read again. Problems that remain are returned by `remaining`."""

    def before_up(self, state: StackState, say: Say) -> list[str]:
        """Return the URNs of what must be read anew. Raises PlatformError when a run would be in vain."""

    def before_preview(self, state: StackState, say: Say) -> list[str]:
        """Return the URNs of what differs. Changes nothing."""

    def before_destroy(self, state: StackState, say: Say) -> list[str]:
        """Return the URNs of what must be read anew so that it can go."""

    def to_make_again(self, state: StackState, say: Say) -> list[str]:
        """Return the URNs of what is gone and what reading does not tell the engine of: it is told to replace them. Changes nothing."""


class NoDrift:
    """Of a platform whose every resource looks at the world by itself."""

    def before_up(self, state: StackState, say: Say) -> list[str]:  # noqa: ARG002
        """Nothing has to be read anew."""
        return []

    def before_preview(self, state: StackState, say: Say) -> list[str]:  # noqa: ARG002
        """Nothing differs."""
        return []

    def before_destroy(self, state: StackState, say: Say) -> list[str]:  # noqa: ARG002
        """Nothing has to be read anew."""
        return []

    def to_make_again(self, state: StackState, say: Say) -> list[str]:  # noqa: ARG002
        """Nothing is gone."""
        return []


class UnseenError(Exception):
    """The objects could not be looked at. The text says why."""
