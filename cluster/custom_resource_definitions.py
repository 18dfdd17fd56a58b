"""CustomResourceDefinitions: installed in a cluster, compared with what is there, and never downgraded.

They are big: two of the Flink operator's four have 11,200 nodes each. So nothing compares them field by field. Each carries the digest of
the file that it came from, and its generation changes with every change of its content. Reading both takes one small reply.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import ApiServerForbiddenError, ApiServerRefusedError, ClusterError

MANAGER = "flink-reviews"
"""The field manager of server-side apply."""
VERSION_ANNOTATION = "flink-reviews/operator-version"
DIGEST_ANNOTATION = "flink-reviews/definition-sha256"
FOUND_ANNOTATION = "flink-reviews/found"
"""Set on a definition that was there before any stack of this program: no stack removes it."""
_OLDEST_NAMESPACE = "/api/v1/namespaces/kube-system"
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_DEPLOYMENTS = "/apis/apps/v1/deployments"
_OPERATOR = "app.kubernetes.io/name=flink-kubernetes-operator"
_SERVED_SECONDS = 60.0
_GONE_SECONDS = 60.0
_POLL_SECONDS = 0.25
_SHOWN = 3


class DefinitionError(ClusterError):
    """A definition cannot be installed, or cannot be removed."""


class NewerDefinitionError(DefinitionError):
    """The definition in the cluster is newer, or has fields that ours lacks: it stays as it is."""


@dataclass(frozen=True, kw_only=True)
class InstalledDefinition:
    """What a definition in the cluster says about itself. `version` and `digest` are empty if somebody else installed it.

    `is_foreign`: somebody else installed it, whoever applied it since.
    """

    name: str
    version: str
    digest: str
    generation: int
    is_foreign: bool = False


@dataclass(frozen=True, kw_only=True)
class CustomResourceDefinitions:
    """The definitions of one cluster. Every call may raise ApiServerUnreachableError or ApiServerRefusedError."""

    api_server: ApiServer
    wait: Callable[[float], None] = time.sleep

    def cluster_id(self) -> str:
        """Return an id that differs for every cluster, even for one that was created again under the same name.

        Kubernetes has no cluster id; by convention the uid of the oldest namespace is used. Empty for a user who may not read it, such as
        most users who work in their own namespace.
        """
        try:
            return str((self.api_server.find_metadata(_OLDEST_NAMESPACE) or {}).get("uid", ""))
        except ApiServerForbiddenError:
            return ""

    def find(self, name: str) -> InstalledDefinition | None:
        """Return the installed definition of that name, or None."""
        metadata = self.api_server.find_metadata(f"{_PATH}/{name}")
        return None if metadata is None or metadata.get("deletionTimestamp") else _installed(name, metadata)

    def require_not_newer(self, document: Mapping[str, Any], *, version: str, digest: str) -> None:
        """Raise NewerDefinitionError if the installed definition is newer, or has fields that this one lacks.

        A newer version with the same definition has nothing to lose, so a chart upgrade that failed can be reverted.
        """
        name = str(document["metadata"]["name"])
        installed = self.find(name)
        if installed is None:
            return
        if installed.version:
            if version_order(installed.version) > version_order(version) and installed.digest != digest:
                raise _newer(name, f"is of version {installed.version}, newer than {version}")
            return
        fields = unknown_fields(self.api_server.find(f"{_PATH}/{name}") or {}, document)
        if fields:
            more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
            raise _newer(
                name, f"was put there by somebody else and has fields that version {version} lacks: {', '.join(fields[:_SHOWN])}{more}"
            )

    def apply(self, document: Mapping[str, Any], *, version: str, digest: str) -> InstalledDefinition:
        """Install the definition and wait until its objects can be created. Raise DefinitionError or NewerDefinitionError."""
        self.require_not_newer(document, version=version, digest=digest)
        name = str(document["metadata"]["name"])
        before = self.find(name)
        found = {FOUND_ANNOTATION: "true"} if before is not None and before.is_foreign else {}
        told = {VERSION_ANNOTATION: version, DIGEST_ANNOTATION: digest, **found}
        annotations = {**(document["metadata"].get("annotations") or {}), **told}
        body = {**document, "metadata": {**document["metadata"], "annotations": annotations}}
        metadata = self.api_server.apply(f"{_PATH}/{name}", body, manager=MANAGER)
        self._until(
            lambda: self._is_served(document), _SERVED_SECONDS, f"the API server does not serve {name}: `kubectl describe crd {name}`"
        )
        return _installed(name, metadata)

    def users(self, name: str) -> str:
        """Describe who needs the definition: objects of its kind, and every operator of its group, which cannot start without it.

        Empty if nobody does. If this user may not list operators in the whole cluster, assume that there is one.
        """
        if self.find(name) is None:
            return ""
        try:
            found = [f"objects of its kind in {places}" for places in [self._places(name)] if places]
        except ApiServerForbiddenError:
            found = ["perhaps objects of its kind: those of other namespaces may not be listed"]
        try:
            operators = self.api_server.read(_DEPLOYMENTS, {"labelSelector": _OPERATOR}).get("items") or ()
        except ApiServerRefusedError:
            return ", ".join([*found, "perhaps an operator: Deployments of other namespaces may not be listed"])
        spaces = {str(one["metadata"].get("namespace", "")) for one in operators if not one["metadata"].get("deletionTimestamp")}
        found += [f"the operator in namespace {space}" for space in sorted(spaces)]
        return ", ".join(found)

    def delete(self, name: str) -> None:
        """Remove the definition and wait until it is gone. Its objects go with it. Raise DefinitionError when it is not removed."""
        if self.find(name) is None:
            return
        self.api_server.delete(f"{_PATH}/{name}")
        self._until(
            lambda: self.api_server.find_metadata(f"{_PATH}/{name}") is None, _GONE_SECONDS, f"{name} does not go: a finalizer holds it"
        )

    def _is_served(self, document: Mapping[str, Any]) -> bool:
        spec = document["spec"]
        found = self.api_server.find(f"/apis/{spec['group']}/{spec['versions'][0]['name']}") or {}
        return any(one.get("name") == spec["names"]["plural"] for one in found.get("resources") or ())

    def _places(self, name: str) -> str:
        definition = self.api_server.find(f"{_PATH}/{name}") or {}
        spec = definition.get("spec") or {}
        served = next((one["name"] for one in spec.get("versions") or () if one.get("served")), "")
        found = self._list(f"/apis/{spec.get('group')}/{served}/{(spec.get('names') or {}).get('plural')}")
        spaces = {str(one["metadata"].get("namespace", "")) for one in found.get("items") or ()}
        return ", ".join(f"namespace {space}" for space in sorted(spaces))

    def _list(self, path: str) -> dict[str, Any]:
        """Read the objects of a kind. For some seconds after its definition changed, the API server asks to retry (measured)."""
        deadline = time.monotonic() + _SERVED_SECONDS
        while True:
            try:
                return self.api_server.find(path) or {}
            except ApiServerRefusedError as error:
                if error.status != HTTPStatus.TOO_MANY_REQUESTS or time.monotonic() > deadline:
                    raise
            self.wait(_POLL_SECONDS)

    def _until(self, reached: Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > deadline:
                raise DefinitionError(f"{otherwise} (waited {seconds:g} s)")
            self.wait(_POLL_SECONDS)


def _installed(name: str, metadata: Mapping[str, Any]) -> InstalledDefinition:
    annotations = metadata.get("annotations") or {}
    return InstalledDefinition(
        name=name,
        version=str(annotations.get(VERSION_ANNOTATION, "")),
        digest=str(annotations.get(DIGEST_ANNOTATION, "")),
        generation=int(metadata.get("generation") or 0),
        is_foreign=bool(annotations.get(FOUND_ANNOTATION)) or not annotations.get(DIGEST_ANNOTATION),
    )


def _newer(name: str, why: str) -> NewerDefinitionError:
    return NewerDefinitionError(
        f"CustomResourceDefinition {name} in the cluster {why}: it is left as it is, objects of others may use it",
        advice="to run the same version, take the operator's chart of it (`operator.chart`)",
    )


def version_order(version: str) -> tuple[int, ...]:
    """Return the first three numbers of a version, for comparing versions of the operator."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", version)[:3])


def unknown_fields(installed: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return the fields of the installed definition that the wanted one lacks, sorted, as in `v1beta1.spec.job.entryClass`.

    A version that is missing as a whole is listed by its name.
    """
    known = set(_fields(wanted))
    missing = {field for field in _fields(installed) if field not in known}
    return sorted(field for field in missing if field.rpartition(".")[0] not in missing)


def _fields(definition: Mapping[str, Any]) -> Iterator[str]:
    for version in (definition.get("spec") or {}).get("versions") or ():
        name = str(version["name"])
        yield name
        yield from _below(name, (version.get("schema") or {}).get("openAPIV3Schema") or {})


def _below(place: str, schema: Mapping[str, Any]) -> Iterator[str]:
    for name, part in (schema.get("properties") or {}).items():
        yield f"{place}.{name}"
        yield from _below(f"{place}.{name}", part)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, Mapping):
            yield from _below(place, inner)
