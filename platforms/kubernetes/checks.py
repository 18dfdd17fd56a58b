"""Whether the cluster of the stack can be used: its API server, the rights there, a storage class, the namespace, the operator's kinds."""

import socket
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from cluster.api_server import ApiServer, connect
from cluster.contexts import find_context
from cluster.custom_resource_definitions import CustomResourceDefinitions
from cluster.diagnosis.claims import default_classes
from cluster.diagnosis.flink_deployment import going_suspicions
from cluster.diagnosis.snapshot import Snapshot, name_of, take_snapshot
from cluster.errors import ApiServerForbiddenError, ApiServerRefusedError, ClusterError
from components.kubernetes.operator_chart import OperatorChart
from options.infrastructure import LOOPBACK
from platforms.errors import PlatformError, Reason
from platforms.finding import WITHOUT, Finding
from platforms.kubernetes.arguments import chart_of
from platforms.kubernetes.broker_targets import broker_targets
from platforms.kubernetes.image_builds import check_building
from platforms.kubernetes.kept_secrets import KeptSecrets
from platforms.kubernetes.limits import check_limits, security_finding
from platforms.kubernetes.ownership import inspect_ground
from platforms.kubernetes.prerequisites import broker_problems, image_problems, state_problems
from platforms.kubernetes.provided_operator import inspect_provided
from platforms.kubernetes.provided_strimzi import inspect_strimzi
from platforms.kubernetes.rights import check_rights
from platforms.kubernetes.state_volume import check_state_volume
from platforms.state import StackOnDisk, stack_id_in
from settings import ONE_NODE, ClusterSettings, Settings, SettingsError

_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


def check_platform(stack: StackOnDisk, settings: Settings) -> list[Finding]:
    """Look at this machine's part, at the cluster, and at what is elsewhere. Nothing is changed. Never raises."""
    return [*check_building(settings, stack.data_folder), *check_cluster(stack, settings), *_state(settings), *_elsewhere(settings)]


def _state(settings: Settings) -> Iterator[Finding]:
    """Tell where a promoted stack keeps its state, when that is lost with a node, and of a volume without room."""
    problems = state_problems(settings)
    yield from (Finding(subject="state", ok=False, what=one) for one in problems)
    if not problems and settings.promoted_from and settings.kubernetes.session_cluster.is_bound_to_a_node:
        what = f"checkpoints lie on a {ONE_NODE} volume, as `flink.volumeAccess` says: they are lost with its node"
        yield Finding(subject="state", ok=False, blocks=False, what=what, fix="`flink.stateUri` on an object store outlives a node")
    yield from check_state_volume(settings)


def _elsewhere(settings: Settings) -> list[Finding]:
    """Ask the external broker, and the registry for images that are not built here."""
    found = [
        Finding(subject="broker", ok=False, what=one, fix="check `kafka.bootstrap`, `kafka.options` and `kafka.password`")
        for one in broker_problems(settings)
    ]
    return found + [Finding(subject="image", ok=False, what=one, fix="push or copy it") for one in image_problems(settings, None)]


def require_cluster(settings: Settings) -> None:
    """Raise PlatformError when the API server does not answer."""
    where = settings.kubernetes.cluster
    try:
        connect(where.context, where.kubeconfig).read("/version")
    except ClusterError as error:
        raise PlatformError(f"{error}; nothing was started or changed", advice=error.advice, reason=Reason.UNHEALTHY) from error


def check_cluster(stack: StackOnDisk, settings: Settings) -> list[Finding]:
    """Look at the cluster. Nothing is changed there. Never raises."""
    where = settings.kubernetes.cluster
    try:
        api_server = connect(where.context, where.kubeconfig)
        version = api_server.read("/version")
    except ClusterError as error:
        return [Finding(subject="cluster", ok=False, what=str(error), fix=error.advice)]
    kind = "looks local" if find_context(where.context, where.kubeconfig).is_local else "is not on this machine"
    found = [
        Finding(subject="cluster", ok=True, what=f"context {where.context} at {api_server.server} ({kind}): {version.get('gitVersion')}")
    ]
    looks = (
        check_rights(api_server, settings, stack.name),
        _storage(api_server, where),
        _namespace(api_server, where, stack, settings),
        _port(settings),
        _secrets(api_server, settings),
    )
    for look in looks:
        try:
            found += look
        except ClusterError as error:
            found.append(Finding(subject="cluster", ok=False, blocks=False, what=str(error), fix=error.advice))
    return [*found, *_provided(api_server, stack, settings), *_strimzi(api_server, settings), *_kinds(api_server, settings)]


def _storage(api_server: ApiServer, where: ClusterSettings) -> Iterator[Finding]:
    try:
        classes = api_server.read(_CLASSES).get("items") or ()
    except ApiServerForbiddenError:
        wanted = f"class {where.storage_class}" if where.storage_class else "a default class"
        what = f"whether there is {wanted} is not known: storage classes may not be listed"
        yield Finding(subject="storage", ok=False, what=what, fix=WITHOUT, blocks=False)
        return
    known = sorted(name_of(one) for one in classes)
    there = f"storage classes there are: {', '.join(known) or 'none'}"
    if where.storage_class:
        found = where.storage_class in known
        what = f"class {where.storage_class}" if found else f"there is no storage class {where.storage_class!r} ({there})"
    else:
        default = default_classes(Snapshot(namespace=where.namespace, storage_classes=classes))
        found = bool(default)
        what = f"default class {default[0]}" if default else f"the cluster has no default storage class ({there})"
    fix = "set `kubernetes.storageClass` to one of them, or install a provisioner"
    yield Finding(subject="storage", ok=found, what=what, fix="" if found else fix)


def _namespace(api_server: ApiServer, where: ClusterSettings, stack: StackOnDisk, settings: Settings) -> Iterator[Finding]:
    try:
        found = api_server.find(f"/api/v1/namespaces/{where.namespace}")
    except ApiServerForbiddenError:
        found = {}
    if found is None and where.manage_namespace:
        yield Finding(subject="namespace", ok=True, what=f"{where.namespace} is not there yet: `up` makes it")
    elif not found or (found.get("status") or {}).get("phase") != "Terminating":
        yield from _ground(api_server, stack, settings, found or {})
        yield from check_limits(api_server, settings) if found else ()
    else:
        snapshot = take_snapshot(api_server, where.namespace)
        held = [suspicion for one in snapshot.flink_deployments or () for suspicion in going_suspicions(one, snapshot)]
        why = f"{held[0].about}: {held[0].cause}" if held else "something in it has a finalizer, or its pods still end"
        fix = held[0].next_step if held else f"look at `kubectl get namespace {where.namespace} -o yaml`, and wait"
        yield Finding(subject="namespace", ok=False, what=f"{where.namespace} is being deleted: {why}", fix=fix)


def _ground(api_server: ApiServer, stack: StackOnDisk, settings: Settings, namespace: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell whose the namespace is, and what lies in it under names that the stack needs."""
    name = settings.kubernetes.cluster.namespace
    resources = stack.recorded()
    if resources is None and namespace:
        what = f"{name} is there; whose its objects are is not known here, because the state is not in a folder: `preview` looks"
        yield Finding(subject="namespace", ok=True, what=what, blocks=False)
        return
    resources = resources or ()
    ground = inspect_ground(api_server, settings, stack.name, stack_id_in(resources), resources)
    for problem in ground.problems:
        yield Finding(subject="namespace", ok=False, what=problem)
    if ground.problems:
        return
    if not ground.is_foreign:
        yield Finding(subject="namespace", ok=True, what=f"{name} is there and belongs to this stack")
        return
    yield Finding(subject="namespace", ok=True, what=f"{name} exists and belongs to someone else: it is used, never changed or deleted")
    yield security_finding(namespace)


def _port(settings: Settings) -> Iterator[Finding]:
    """Tell whether the port of this machine on which the broker is reached is free, or held by another stack's command."""
    for port in broker_targets(settings) if settings.kubernetes.kafka.is_own else ():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                fix = "end what holds it (`forward` and `up` of another stack do), or give this stack its own port: `ports.kafka`"
                what = f"{port}, on which the broker is reached: {error.strerror}"
                yield Finding(subject="port", ok=False, blocks=False, what=what, fix=fix)
                continue
        yield Finding(subject="port", ok=True, what=f"{port}, on which the broker is reached, is free")


def _secrets(api_server: ApiServer, settings: Settings) -> Iterator[Finding]:
    """Tell whether the Secrets that the settings name are there."""
    problems = list(KeptSecrets(settings).problems(api_server))
    yield from (Finding(subject="secrets", ok=False, what=one) for one in problems)


def _provided(api_server: ApiServer, stack: StackOnDisk, settings: Settings) -> Iterator[Finding]:
    """Tell whether what somebody else provides is there, and fits."""
    resources = stack.recorded() or ()
    try:
        found = inspect_provided(api_server, settings, stack.name, stack_id_in(resources), resources)
    except ClusterError as error:
        yield Finding(subject="provided", ok=False, blocks=False, what=str(error), fix=error.advice)
        return
    yield from (Finding(subject="provided", ok=False, what=one) for one in found.problems)
    yield from (Finding(subject="provided", ok=False, what=one, fix="ask who runs the operator", blocks=False) for one in found.remarks)
    operator = settings.kubernetes.operator
    if not found.problems and not (operator.install and operator.manage_crds):
        parts = [*([] if operator.manage_crds else ["definitions"]), *([] if operator.install else ["operator"])]
        yield Finding(
            subject="provided", ok=True, what=f"{' and '.join(parts)} provided by someone else: compatible as far as can be checked"
        )


def _strimzi(api_server: ApiServer, settings: Settings) -> Iterator[Finding]:
    """Tell whether Strimzi is there, where Kafka is to be Strimzi's."""
    if not settings.kubernetes.has_strimzi:
        return
    try:
        found = inspect_strimzi(api_server, settings)
    except ClusterError as error:
        yield Finding(subject="strimzi", ok=False, blocks=False, what=str(error), fix=error.advice)
        return
    yield from (Finding(subject="strimzi", ok=False, what=one) for one in found.problems)
    yield from (Finding(subject="strimzi", ok=False, what=one, fix="ask who runs it", blocks=False) for one in found.remarks)
    if not found.problems and not found.remarks:
        namespace = settings.kubernetes.strimzi_namespace
        yield Finding(subject="strimzi", ok=True, what=f"an operator of somebody else's in namespace {namespace} watches this one")


def _kinds(api_server: ApiServer, settings: Settings) -> list[Finding]:
    operator = settings.kubernetes.operator
    if not operator.install and not operator.manage_crds:
        return []
    try:
        chart = chart_of(settings)
    except SettingsError as error:
        return [Finding(subject="operator", ok=False, what=problem, fix="fix `operator.chart`") for problem in error.problems]
    try:
        if operator.manage_crds:
            _require_not_newer(api_server, chart)
    except ClusterError as error:
        return [Finding(subject="operator", ok=False, blocks=False, what=str(error), fix=error.advice)]
    return [Finding(subject="operator", ok=True, what=f"chart {chart.version} is there, and no newer CRD in the cluster")]


def _require_not_newer(api_server: ApiServer, chart: OperatorChart) -> None:
    installed = CustomResourceDefinitions(api_server=api_server)
    for name, file in chart.crds.items():
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            installed.require_not_newer(document, version=chart.version, digest=chart.digest(name))
        except ApiServerRefusedError:
            # Who may not read definitions cannot be told; the right to them is a finding of its own.
            return
