"""What the pipeline is told of the platform below it, embedded or on Kubernetes: it cannot tell which."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.endpoints import Endpoints


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Where the parts answer, and the resources that must exist first.

    `broker` are those before a topic, `planner` those before a catalog object can be proven, `ready` all of them: those before a job.
    `services` are the names of what runs.
    """

    endpoints: Endpoints
    services: Sequence[str] = ()
    broker: Sequence[pulumi.Resource] = ()
    planner: Sequence[pulumi.Resource] = ()
    ready: Sequence[pulumi.Resource] = ()
