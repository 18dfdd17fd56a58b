"""What the pipeline is told of the platform below it, embedded or on Kubernetes: it cannot tell which."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.connection import OWN, Connection
from components.endpoints import Endpoints
from components.pipeline import FollowTopic


@dataclass(frozen=True, kw_only=True)
class PlatformResources:
    """Where the parts answer, and the resources that must exist first.

    `broker` are those before a topic, `planner` those before a catalog object can be proven, `ready` all of them: those before a job.
    `services` are the names of what runs. `images` are the digests of what was built, by their part; empty on this machine.
    `stack_id` is the id by which the stack knows what it made. `logins` are the passwords of pages that ask for one, by page and user;
    every one a secret. `connection` is what topics and statements name. `same_planner` is false where the planner that runs now is another
    one after the update. `follow_topic` declares what the platform has beside a topic of the stack's own. `guard` is called with the
    pipeline when everything is declared, for a resource that is the first to go.
    """

    endpoints: Endpoints
    stack_id: str = ""
    services: Sequence[str] = ()
    broker: Sequence[pulumi.Resource] = ()
    planner: Sequence[pulumi.Resource] = ()
    ready: Sequence[pulumi.Resource] = ()
    same_planner: bool = True
    images: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    logins: Mapping[str, Mapping[str, pulumi.Output[str]]] = field(default_factory=dict)
    connection: Connection = OWN
    follow_topic: FollowTopic | None = None
    guard: Callable[[pulumi.Resource], pulumi.Resource | None] = lambda _pipeline: None
