"""The namespace of a stack as a claim: made atomically where there is none, only used where it is somebody else's.

It comes before every object of the stack and goes after all of them. A namespace of the stack is removed when nothing of somebody else
lies in it; a foreign one is never touched, and a ConfigMap in it keeps a second stack out.
"""

import time
from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from cluster.api_server import connect
from cluster.authority import authority
from cluster.decoration import Decoration
from cluster.errors import ApiServerForbiddenError, ClusterError
from cluster.names import KAFKA, OPERATOR, PART_OF, SESSION_CLUSTER
from cluster.namespace_content import content_of_others
from cluster.ownership import CLAIM, NAMESPACES, RELEASED, STACK_ID, ObjectName, Owner, find_foreign
from components.names import NAMESPACE_AUTHORITY as AUTHORITY
from components.names import NAMESPACE_CLAIM as NAME
from components.providers.inputs import NAMESPACE_CLAIM, replaced
from components.providers.properties import Properties, flag, has_unknown, inputs_of, text, texts
from components.providers.reporting import plainly, say
from settings.configuration import settings_of_provider

_PLAIN = Decoration()
_GONE_SECONDS = 300.0
_POLL_SECONDS = 1.0
_SHOWN = 10
_STRIMZI = "/apis/kafka.strimzi.io/v1/namespaces/{}/{}"


class ClaimError(ClusterError):
    """The namespace cannot be had, or does not go."""


class NamespaceClaimProvider(ResourceProvider):
    """Claim, and let go."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the cluster from the stack's configuration."""
        with plainly("reading the configuration"):
            kubernetes = settings_of_provider(req).kubernetes
            where = kubernetes.cluster
            self.kafka = KAFKA if kubernetes.has_strimzi else ""
            # A Kafka of Strimzi's stays with its data.
            self.kept_kinds = ("kafkas", "kafkanodepools") if kubernetes.has_strimzi else ()
            self.api_server = connect(where.context, where.kubeconfig)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare the inputs; the program looked at the namespace before it declared them."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(NAMESPACE_CLAIM, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        return DiffResult(changes=inputs_of(NAMESPACE_CLAIM, olds) != inputs_of(NAMESPACE_CLAIM, news))

    def create(self, props: Properties) -> CreateResult:
        """Claim it."""
        self._claim(props)
        return CreateResult(text(props, "namespace"), self._outputs(props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Claim it again: what it is may have changed."""
        self._claim(news)
        return UpdateResult(self._outputs(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return the claim; gone with its namespace."""
        known = inputs_of(NAMESPACE_CLAIM, props)
        with plainly(f"looking at namespace {id_}"):
            there = self.api_server.find_metadata(f"{NAMESPACES}/{id_}") is not None
        return ReadResult(id_, self._outputs(props), known) if there else ReadResult("", {})

    def delete(self, id_: str, props: Properties) -> None:
        """Let go: remove a namespace of the stack in which nothing of somebody else lies, and leave every other one."""
        with plainly(f"leaving namespace {id_}"):
            metadata = self.api_server.find_metadata(f"{NAMESPACES}/{id_}")
            if metadata is None:
                return
            if flag(props, "is_foreign"):
                self._release(id_, props)
                self.api_server.delete(_configmaps(id_, CLAIM))
                say(f"Namespace {id_} was there before this stack and is left, with all that is not the stack's.")
                return
            if find_foreign(self.api_server, [_namespace(id_)], _owner(props)):
                say(f"Namespace {id_} no longer carries this stack's label: leaving it.")
                return
            self._leave_or_remove(id_, props)

    def _outputs(self, props: Properties) -> dict[str, Any]:
        """Return the inputs, and what tells this cluster from another."""
        name = text(props, "namespace")
        with plainly(f"looking at namespace {name}"):
            return {**inputs_of(NAMESPACE_CLAIM, props), AUTHORITY: authority(self.api_server, name)}

    def _leave_or_remove(self, name: str, props: Properties) -> None:
        others = content_of_others(
            self.api_server,
            name,
            stack_id=text(props, "stack_id"),
            part_of=PART_OF,
            release=OPERATOR,
            flink=SESSION_CLUSTER,
            kafka=self.kafka,
        )
        if others:
            shown = ", ".join(others[:_SHOWN]) + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
            say(f"Namespace {name} is left: there is something in it that this stack did not make: {shown}.")
        if others or flag(props, "keep"):
            self._release(name, props)
            return
        try:
            self.api_server.delete(f"{NAMESPACES}/{name}")
        except ApiServerForbiddenError as error:
            say(f"Namespace {name} is left, empty of what this stack made: this user may not remove it ({error}).")
            self._release(name, props)
            return
        deadline = time.monotonic() + _GONE_SECONDS
        while self.api_server.find_metadata(f"{NAMESPACES}/{name}") is not None:
            if time.monotonic() > deadline:
                raise ClaimError(
                    f"namespace {name} is being deleted and does not go within {_GONE_SECONDS:g} s: something in it has a finalizer",
                    advice=f"`kubectl get namespace {name} -o yaml` names it; then run `down` again",
                )
            time.sleep(_POLL_SECONDS)

    def _claim(self, props: Properties) -> None:
        name, owner = text(props, "namespace"), _owner(props)
        labels = {"labels": told} if (told := texts(props, "labels")) else {}
        asked = {**labels, "annotations": {**texts(props, "annotations"), **owner.mark}}
        with plainly(f"claiming namespace {name}"):
            if flag(props, "is_foreign"):
                metadata: dict[str, Any] = {"name": CLAIM, "namespace": name, **asked}
                made = self.api_server.create(_configmaps(name), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
                claimed = ObjectName(kind="ConfigMap", namespace=name, name=CLAIM)
            else:
                body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **asked}}
                made, claimed = self.api_server.create(NAMESPACES, body), _namespace(name)
            if made:
                return
            found = find_foreign(self.api_server, [claimed], owner)
            # A namespace that the state of an earlier version made bears no mark: the program has looked at its uid.
            if any(one.stack_id for one in found):
                raise ClaimError(
                    f"namespace {name} was taken by stack {found[0].stack} in the same moment",
                    advice="give this stack one of its own: `pulumi config set kubernetes.namespace <name>`",
                )
            self.api_server.annotate(claimed.path, {**owner.mark, RELEASED: None})

    def _release(self, name: str, props: Properties) -> None:
        """Mark what stays on purpose, so that the next life of this stack takes it up again."""
        mine = text(props, "stack_id")
        for collection in (f"{NAMESPACES}/{name}/persistentvolumeclaims", *(_STRIMZI.format(name, kind) for kind in self.kept_kinds)):
            kept = [one["metadata"] for one in self.api_server.read(collection).get("items") or ()]
            for metadata in kept:
                if (metadata.get("annotations") or {}).get(STACK_ID) == mine:
                    self.api_server.annotate(f"{collection}/{metadata['name']}", {RELEASED: "true"})
        if flag(props, "is_foreign"):
            return
        try:
            self.api_server.annotate(f"{NAMESPACES}/{name}", {RELEASED: "true"})
        except ApiServerForbiddenError:
            say(f"Namespace {name} could not be marked as left by this stack: the next `up` needs `kubernetes.takeOver: Namespace/{name}`.")


class NamespaceClaim(Resource, module="kubernetes", name="NamespaceClaim"):
    """The stack's hold on its namespace."""

    def __init__(
        self,
        namespace: str,
        owner: Owner,
        *,
        is_foreign: bool,
        keep: bool,
        decoration: Decoration = _PLAIN,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = claim_inputs(namespace, owner, is_foreign=is_foreign, keep=keep, decoration=decoration)
        super().__init__(NamespaceClaimProvider(), NAME, inputs, opts)


def claim_inputs(namespace: str, owner: Owner, *, is_foreign: bool, keep: bool, decoration: Decoration = _PLAIN) -> dict[str, Any]:
    """Return the inputs of a claim. `keep` leaves a namespace of the stack's, because data in it outlive the stack.

    `labels` and `annotations` are what an admission policy may ask of the object that is made.
    """
    asked = {"labels": dict(decoration.labels), "annotations": dict(decoration.annotations)}
    return {
        **{name: value for name, value in asked.items() if value},
        "namespace": namespace,
        "stack": owner.stack,
        "stack_id": owner.stack_id,
        "is_foreign": is_foreign,
        "keep": keep,
        "taken": sorted(owner.taken),
    }


def _owner(props: Properties) -> Owner:
    return Owner(stack=text(props, "stack"), stack_id=text(props, "stack_id"), taken=tuple(props.get("taken") or ()))


def _namespace(name: str) -> ObjectName:
    return ObjectName(kind="Namespace", namespace="", name=name)


def _configmaps(namespace: str, name: str = "") -> str:
    base = f"{NAMESPACES}/{namespace}/configmaps"
    return f"{base}/{name}" if name else base
