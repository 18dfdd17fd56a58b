"""The session cluster: one FlinkDeployment whose JobManager starts TaskManagers as jobs need slots, and keeps jobs over its own death.

Needs: the operator, which must outlive it: the FlinkDeployment goes only when the operator has taken its finalizer away. Owns: its account,
its volume, the FlinkDeployment.

Any change of its spec makes the operator redeploy it; with high availability the jobs come back from their last checkpoints under the
same ids (measured).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import PersistentVolumeClaim, ServiceAccount
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding

from cluster.names import FLINK_ACCOUNT, JOB_MANAGER, JOB_MANAGER_PORT, METRICS_PORT, REST_SERVICE, SESSION_CLUSTER, TASK_MANAGER
from components.kubernetes.declare import declare
from components.kubernetes.flink_configuration import (
    FLINK_HOME,
    FLINK_USER,
    NO_OTHER_SITE,
    STATE_FOLDER,
    STATE_ON_VOLUME,
    FlinkState,
    state_options,
    store_environment,
    store_options,
)
from components.kubernetes.manifest import (
    TEMPORARY,
    Later,
    Manifest,
    container_security,
    labels,
    metadata,
    pod_security,
    scratch,
    volume_claim,
)
from components.names import SESSION_CLUSTER_TYPE

API_VERSION = "flink.apache.org/v1beta1"
STATE_VOLUME = "flink-state"
LOGIN_FOLDER = "/etc/kafka-login"
AUTHORITY_FILE = "cluster-ca.crt"
_CONTAINER = "flink-main-container"
"""The name by which Flink knows its own container in a pod template."""

READY = "jsonpath={.status.jobManagerDeploymentStatus}=READY"
"""What Pulumi waits for. It compares generations, so an old READY is not taken for the new one; ERROR on the way is passed over (measured).

Not `lifecycleState=STABLE`, which comes a reconciliation later, and not an empty `status.error`, which stays filled until then.
"""

_ALL_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, kw_only=True)
class FlinkProcess:
    """One of Flink's processes. `memory_megabytes` is all of the container's; requests and limits are the same.

    A limit below `cpu` is raised to it. A process that asks for little still needs CPUs to start in time.
    """

    cpu: float
    memory_megabytes: int
    cpu_limit: float = 2.0

    @property
    def cpu_limit_factor(self) -> float:
        """The limit as Flink wants it: a multiple of what is asked for."""
        return max(1.0, self.cpu_limit / self.cpu)

    @property
    def resource(self) -> dict[str, Any]:
        """The `resource` of a FlinkDeployment."""
        return {"cpu": self.cpu, "memory": f"{self.memory_megabytes}m"}


_JOB_MANAGER = FlinkProcess(cpu=0.5, memory_megabytes=1024)
_TASK_MANAGER = FlinkProcess(cpu=0.5, memory_megabytes=1728)


@dataclass(frozen=True, kw_only=True)
class SessionClusterArgs:
    """`flink_version` is the operator's word for the line (`v2_2`). `task_slots` are those of one TaskManager.

    `login` is a Secret whose keys are files below `LOGIN_FOLDER`, by which connectors log in; `authority` is one whose `ca.crt` becomes the
    file `AUTHORITY_FILE` beside them: who signed the brokers' certificates. `block_on_unmanaged_jobs` makes the operator
    refuse to delete the cluster while a job runs that no resource of the stack stands for.
    """

    namespace: str
    image: Later
    flink_version: str
    task_slots: int = 8
    job_manager: FlinkProcess = _JOB_MANAGER
    task_manager: FlinkProcess = _TASK_MANAGER
    job_manager_replicas: int = 1
    state: FlinkState = STATE_ON_VOLUME
    block_on_unmanaged_jobs: bool = False
    login: str = ""
    authority: str = ""
    ready_within_seconds: int = 600
    options: Mapping[str, str] = field(default_factory=dict)
    """More of Flink's configuration; it goes before ours."""
    annotations: Mapping[str, str] = field(default_factory=dict)


def flink_configuration(args: SessionClusterArgs) -> dict[str, str]:
    """Return `flinkConfiguration`, every value a text."""
    factors = {
        "kubernetes.jobmanager.cpu.limit-factor": f"{args.job_manager.cpu_limit_factor:g}",
        "kubernetes.taskmanager.cpu.limit-factor": f"{args.task_manager.cpu_limit_factor:g}",
    }
    return {
        **state_options(args.state),
        **store_options(args.state),
        "taskmanager.numberOfTaskSlots": str(args.task_slots),
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": f"{args.state.root}/ha",
        "kubernetes.operator.session.deletion.block-on-unmanaged-jobs": str(args.block_on_unmanaged_jobs).lower(),
        "kubernetes.rest-service.exposed.type": "ClusterIP",
        **factors,
        # No job is submitted by uploading a jar: the gateway submits by another way.
        "web.submit.enable": "false",
        # By default a page in the browser of whoever forwards the port may read the answers.
        "web.access-control-allow-origin": NO_OTHER_SITE,
        # The REST API gives states of tasks from a cache of this age; the default of 3 s shows a stopped job as running.
        "web.refresh-interval": "100",
        # Counts of records are fetched from the TaskManagers when asked for, and then not again for this long; the default is 10 s.
        "metrics.fetcher.update-interval": "1000",
        # The JobManager keeps each failure's whole text, more than once: with records of a megabyte in it, Flink's 16 end it (measured).
        "web.exception-history-size": "8",
        "jobmanager.execution.attempts-history-size": "2",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": str(METRICS_PORT),
        # A TaskManager that is not let in ends and is replaced. Flink's own limit of five minutes is all a job waits for slots.
        "taskmanager.registration.timeout": "30s",
        # The JobManager's patience with a pod that it asked for falls back to the key above. Thirty seconds are less than a node needs to
        # pull the image, or a busy one to start the process: each pod was stopped and asked for anew, for ever (measured).
        "resourcemanager.taskmanager-registration.timeout": "5min",
        "env.java.opts.all": "-XX:+ExitOnOutOfMemoryError -Duser.timezone=UTC",
        **args.options,
    }


def session_cluster_manifests(args: SessionClusterArgs) -> list[Manifest]:
    """Return the PersistentVolumeClaim, where checkpoints are on a volume, and the FlinkDeployment."""
    claims = [volume_claim(STATE_VOLUME, args.namespace, args.state.storage, workload=SESSION_CLUSTER)] if args.state.on_volume else []
    return [*claims, flink_deployment(args)]


def flink_deployment(args: SessionClusterArgs) -> Manifest:
    """Return the FlinkDeployment. Without a `job` it is a session cluster."""
    waiting = {"pulumi.com/waitFor": READY, "pulumi.com/timeoutSeconds": str(args.ready_within_seconds)}
    return {
        "apiVersion": API_VERSION,
        "kind": "FlinkDeployment",
        "metadata": metadata(SESSION_CLUSTER, args.namespace, annotations={**waiting, **args.annotations}),
        "spec": {
            "image": args.image,
            "imagePullPolicy": "IfNotPresent",
            "flinkVersion": args.flink_version,
            "mode": "native",
            "serviceAccount": FLINK_ACCOUNT,
            "flinkConfiguration": flink_configuration(args),
            "podTemplate": _pod_template(args),
            "jobManager": {
                "resource": args.job_manager.resource,
                "replicas": args.job_manager_replicas,
                "podTemplate": _role(JOB_MANAGER),
            },
            "taskManager": {"resource": args.task_manager.resource, "podTemplate": _role(TASK_MANAGER)},
        },
    }


def _role(component: str) -> dict[str, Any]:
    """Tell the two kinds of pods apart, for policies and for people."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": labels(SESSION_CLUSTER, component)}}


def _pod_template(args: SessionClusterArgs) -> dict[str, Any]:
    # Flink mounts its configuration; what it writes itself goes to these two.
    volumes, mounts = scratch({"temporary": TEMPORARY, "log": f"{FLINK_HOME}/log"})
    if args.state.on_volume:
        volumes.append({"name": "state", "persistentVolumeClaim": {"claimName": STATE_VOLUME}})
        mounts.append({"name": "state", "mountPath": STATE_FOLDER})
    if args.login:
        volumes.append({"name": "login", **_login(args)})
        mounts.append({"name": "login", "mountPath": LOGIN_FOLDER, "readOnly": True})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": labels(SESSION_CLUSTER)},
        "spec": {
            # The JobManager makes TaskManagers, and both find the leader through ConfigMaps: these pods do need the token.
            "automountServiceAccountToken": True,
            "enableServiceLinks": False,
            "securityContext": pod_security(FLINK_USER, owns_volumes=args.state.on_volume),
            "containers": [
                {
                    "name": _CONTAINER,
                    "securityContext": container_security(),
                    "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
                    "env": [{"name": "MALLOC_ARENA_MAX", "value": "2"}, *store_environment(args.state)],
                    "volumeMounts": mounts,
                }
            ],
            "volumes": volumes,
        },
    }


def _login(args: SessionClusterArgs) -> dict[str, Any]:
    if not args.authority:
        return {"secret": {"secretName": args.login}}
    signed = {"name": args.authority, "items": [{"key": "ca.crt", "path": AUTHORITY_FILE}]}
    return {"projected": {"sources": [{"secret": {"name": args.login}}, {"secret": signed}]}}


def flink_account_manifests(namespace: str) -> list[Manifest]:
    """Return ServiceAccount, Role and RoleBinding, in this order."""

    def own_metadata() -> dict[str, Any]:
        return metadata(FLINK_ACCOUNT, namespace, workload=SESSION_CLUSTER)

    account: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": own_metadata(),
        "automountServiceAccountToken": False,
    }
    role: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": own_metadata(),
        "rules": [
            # TaskManagers; leader election and the records of high availability.
            {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": list(_ALL_VERBS)},
            # The JobManager's Deployment owns them.
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": ["apps"], "resources": ["deployments/finalizers"], "verbs": ["update"]},
        ],
    }
    binding: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": own_metadata(),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": FLINK_ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", "name": FLINK_ACCOUNT, "namespace": namespace}],
    }
    return [account, role, binding]


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
        *claims, deployment = session_cluster_manifests(args)
        self.volume_claim = None
        for claim in claims:
            self.volume_claim = declare(PersistentVolumeClaim, claim, parent=self, after=after, keep=args.state.storage.keep)
            below.append(self.volume_claim)
        self.flink_deployment = declare(CustomResource, deployment, parent=self, after=below)
        self.ready = [self.flink_deployment]
        self.service_name, self.port = REST_SERVICE, JOB_MANAGER_PORT
        self.register_outputs({"service": self.service_name})

    def _account(self, args: SessionClusterArgs, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        account, role, binding = flink_account_manifests(args.namespace)
        known_role = declare(Role, role, parent=self, after=after)
        made: list[pulumi.Resource] = [declare(ServiceAccount, account, parent=self, after=after), known_role]
        # A preview asks the API server whether the binding could be made, which looks for the role. For a user who may grant only what he
        # has, there must be one: the provider then asks for a minute and fails (measured). A name that is not known yet is not asked for.
        binding["roleRef"]["name"] = known_role.id.apply(lambda _made: FLINK_ACCOUNT)
        return [*made, declare(RoleBinding, binding, parent=self, after=[*after, *made])]
