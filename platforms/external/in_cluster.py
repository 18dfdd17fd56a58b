"""How a pipeline reaches a Flink that another stack runs in a namespace: as that stack does, through the API server."""

from collections.abc import Mapping
from typing import Any

from components.connection import STACK_ID
from platforms.external.access import salt_of
from platforms.kubernetes.access import KubernetesAccess
from settings import Settings


class AccessInCluster(KubernetesAccess):
    """The other stack's cluster, of which only what this stack submitted is its own."""

    def __init__(self, settings: Settings, outputs: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings, outputs)
        self._stack_id = str((outputs or {}).get(STACK_ID) or "")

    @property
    def stack_id(self) -> str:
        """The id that the stack's state keeps."""
        return self._stack_id

    def salt(self, *, make: bool = False) -> str:  # noqa: ARG002
        """Return a salt that follows from the stack's id."""
        return salt_of(self._stack_id)

    def jobs_are_gone(self, *, goes: bool) -> bool:  # noqa: ARG002
        """Tell whether the session cluster is gone: it never goes with a pipeline."""
        return super().jobs_are_gone(goes=False)
