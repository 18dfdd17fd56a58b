"""Flink's configuration where the session cluster and the SQL Gateway must agree: where state lives and how jobs restart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.kubernetes.manifest import Storage

NO_OTHER_SITE = "http://localhost"
"""The one origin whose pages may read answers of the REST interfaces; the interfaces' own pages need no leave."""

FLINK_USER = 9999
FLINK_HOME = "/opt/flink"
IMAGE_FUNCTIONS = f"{FLINK_HOME}/functions"
"""Where the image has the jars of a bundle's functions, by their content."""

STATE_FOLDER = "/flink-data"
"""Where the volume for checkpoints is mounted in JobManager and TaskManagers."""
LOCAL_ROOT = f"file://{STATE_FOLDER}"
_STORAGE = Storage(size="5Gi")


@dataclass(frozen=True, kw_only=True)
class FlinkState:
    """Where checkpoints, savepoints and the JobManager's own records live.

    `object_store` is a URI such as `s3://bucket/folder` whose file system plugin is in the image; empty puts them on a volume of `storage`,
    which JobManager and TaskManagers share (`ReadWriteMany` when they may run on several nodes). `endpoint` is the S3 API of a store that
    is not AWS's, `path_style` whether buckets are named in the path there. `credentials` is a Secret of the namespace.
    """

    storage: Storage = _STORAGE
    object_store: str = ""
    endpoint: str = ""
    path_style: bool = True
    credentials: str = ""

    @property
    def root(self) -> str:
        """The URI below which everything lies, without a slash at its end."""
        return self.object_store.rstrip("/") or LOCAL_ROOT

    @property
    def on_volume(self) -> bool:
        """Whether a volume is mounted."""
        return not self.object_store

    @property
    def place(self) -> str:
        """Where the root lies, so that two places have two names: buckets of two stores may bear the same one."""
        return f"{self.root} at {self.endpoint}" if self.endpoint else self.root

    @property
    def checkpoints(self) -> str:
        """URI of the folder of checkpoints."""
        return f"{self.root}/checkpoints"

    @property
    def savepoints(self) -> str:
        """URI of the folder of savepoints."""
        return f"{self.root}/savepoints"


STATE_ON_VOLUME = FlinkState()
ACCESS_KEY, SECRET_KEY = "access-key", "secret-key"
"""The keys of the Secret with an object store's credentials."""


def store_options(state: FlinkState) -> Mapping[str, str]:
    """Return what the processes that write state need to know of an object store. No credential is among it."""
    if not state.endpoint:
        return {}
    return {"s3.endpoint": state.endpoint, "s3.path.style.access": str(state.path_style).lower()}


def store_environment(state: FlinkState) -> list[dict[str, Any]]:
    """Return the credentials of an object store as a container takes them, by the variables that S3 clients read."""
    if not state.credentials:
        return []
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    return [{"name": name, "valueFrom": {"secretKeyRef": {"name": state.credentials, "key": key}}} for name, key in keys.items()]


def state_options(state: FlinkState) -> Mapping[str, str]:
    """Return what a job takes from whoever submits it, and the cluster for the rest."""
    return {
        "state.backend.type": "hashmap",
        "execution.checkpointing.dir": state.checkpoints,
        "execution.checkpointing.savepoint-dir": state.savepoints,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        # No restart-strategy.type: Flink then restarts jobs that have checkpoints, and lets the others fail.
        # A single failure costs a second. A loop, which writes and asks the model again each time, soon costs two minutes a turn.
        "restart-strategy.exponential-delay.initial-backoff": "1s",
        "restart-strategy.exponential-delay.max-backoff": "2min",
        "restart-strategy.exponential-delay.backoff-multiplier": "2.0",
        "restart-strategy.exponential-delay.jitter-factor": "0.1",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "10min",
    }
