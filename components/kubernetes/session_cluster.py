"""The session cluster as a component. Owns: its account, its volume, the FlinkDeployment.

Needs: the operator, which must outlive it: the FlinkDeployment goes only when the operator has taken its finalizer away.
"""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import PersistentVolumeClaim, ServiceAccount
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding

from components.kubernetes.declaring import declare
from components.names import SESSION_CLUSTER_TYPE
from manifests.flink_account import flink_account
from manifests.names import FLINK_ACCOUNT, JOB_MANAGER_PORT, REST_SERVICE, SESSION_CLUSTER
from manifests.session_cluster import SessionClusterArgs, session_cluster


class SessionCluster(pulumi.ComponentResource):
    """`service_name` and `port` are the JobManager's REST API, as the API server's proxy is asked for it."""

    volume_claim: PersistentVolumeClaim | None
    flink_deployment: CustomResource
    ready: list[pulumi.Resource]
    service_name: str
    port: int

    def __init__(
        self, args: SessionClusterArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(SESSION_CLUSTER_TYPE, SESSION_CLUSTER, {}, opts)
        below = [*after, *self._account(args, after)]
        *claims, deployment = session_cluster(args)
        self.volume_claim = None
        for claim in claims:
            self.volume_claim = declare(PersistentVolumeClaim, claim, parent=self, after=after, keep=args.state.storage.keep)
            below.append(self.volume_claim)
        self.flink_deployment = declare(CustomResource, deployment, parent=self, after=below)
        self.ready = [self.flink_deployment]
        self.service_name, self.port = REST_SERVICE, JOB_MANAGER_PORT
        self.register_outputs({"service": self.service_name})

    def _account(self, args: SessionClusterArgs, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        account, role, binding = flink_account(args.namespace)
        known_role = declare(Role, role, parent=self, after=after)
        made: list[pulumi.Resource] = [declare(ServiceAccount, account, parent=self, after=after), known_role]
        # A preview asks the API server whether the binding could be made, which looks for the role. For a user who may grant only what he
        # has, there must be one: the provider then asks for a minute and fails (measured). A name that is not known yet is not asked for.
        binding["roleRef"]["name"] = known_role.id.apply(lambda _made: FLINK_ACCOUNT)
        return [*made, declare(RoleBinding, binding, parent=self, after=[*after, *made])]
