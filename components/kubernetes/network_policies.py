"""The NetworkPolicies as a component. Needs: the namespace. They come before the pods they hold for."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components.kubernetes.declaring import declare
from components.names import NETWORK_POLICIES, NETWORK_POLICIES_TYPE
from manifests.network_policies import NetworkPolicyArgs, network_policies


class NetworkPolicies(pulumi.ComponentResource):
    """One policy for each workload, by its name, and two for all of them."""

    policies: dict[str, NetworkPolicy]
    ready: list[pulumi.Resource]

    def __init__(
        self, args: NetworkPolicyArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(NETWORK_POLICIES_TYPE, NETWORK_POLICIES, {}, opts)
        made = {one["metadata"]["name"]: declare(NetworkPolicy, one, parent=self, after=after) for one in network_policies(args)}
        self.policies = made
        self.ready = list(made.values())
        self.register_outputs({"policies": sorted(made)})
