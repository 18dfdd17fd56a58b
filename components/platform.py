"""What the pipeline is told of the platform below it. Plain texts: the ports are settings, so a preview knows every value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A place that runs Kafka, Flink and a model, embedded or on Kubernetes; the pipeline cannot tell which.

    `kafka_bootstrap` is host:port; the URLs have no trailing slash; `checkpoints_folder` is a path as Flink's processes see it.
    `ready` are the resources that must exist before a topic or a statement can.
    """

    kafka_bootstrap: str
    gateway_url: str
    jobmanager_url: str
    model_url: str
    checkpoints_folder: str
    links: Mapping[str, str] = field(default_factory=dict)
    ready: Sequence[pulumi.Resource] = ()
