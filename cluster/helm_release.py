"""Helm's record of a release in the cluster: whether it is installed, and the objects that it was installed with.

Helm 3 stores each revision as a Secret: the release as JSON, gzipped, in base64, and base64 again as every Secret's value.
"""

import base64
import binascii
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from cluster.api_server import ApiServer
from cluster.drift import MadeObject
from cluster.errors import ClusterError

MANAGER = "helm"
"""The field manager under which Helm itself writes."""
_DEPLOYED = "deployed"
_CLUSTER_WIDE = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace")


class ReleaseRecordError(ClusterError):
    """Helm's record of a release cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release in a namespace."""

    namespace: str
    name: str


def installed_objects(api_server: ApiServer, release: Release) -> list[MadeObject] | None:
    """Return the objects of the newest revision, with their own text as key; None if Helm has no such release.

    Empty if Helm has records, but none of a deployed revision. Raise ClusterError.
    """
    found = records(api_server, release)
    if not found:
        return None
    deployed = [one for one in found if _labels(one).get("status") == _DEPLOYED]
    if not deployed:
        return []
    return list(_objects(max(deployed, key=lambda one: int(_labels(one).get("version") or 0)), release))


def records(api_server: ApiServer, release: Release) -> list[Mapping[str, Any]]:
    """Return Helm's records of a release, one per revision. Raise ClusterError."""
    selector = {"labelSelector": f"owner=helm,name={release.name}"}
    return list(api_server.read(_secrets(release), selector).get("items") or [])


def forget(api_server: ApiServer, release: Release) -> None:
    """Remove Helm's records of a release and keep what it installed, which the next install adopts. Raise ClusterError.

    Helm refuses to install a name that it has a record of, even if the run that made the record failed.
    """
    for one in records(api_server, release):
        api_server.delete(f"{_secrets(release)}/{one['metadata']['name']}")


def _secrets(release: Release) -> str:
    return f"/api/v1/namespaces/{release.namespace}/secrets"


def _labels(record: Mapping[str, Any]) -> Mapping[str, str]:
    return record["metadata"].get("labels") or {}


def _objects(record: Mapping[str, Any], release: Release) -> Iterator[MadeObject]:
    try:
        packed = base64.b64decode(base64.b64decode(record["data"]["release"]))
        text = str(json.loads(gzip.decompress(packed))["manifest"])
        documents = [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if isinstance(one, dict) and one.get("kind")]
    except (KeyError, TypeError, ValueError, binascii.Error, OSError, yaml.YAMLError) as error:
        raise ReleaseRecordError(
            f"Helm's record of release {release.name} cannot be read: {type(error).__name__}",
            advice=f"does `helm -n {release.namespace} get manifest {release.name}` work?",
        ) from error
    for one in documents:
        metadata = dict(one.get("metadata") or {})
        if one["kind"] not in _CLUSTER_WIDE:
            metadata.setdefault("namespace", release.namespace)
        given = {**one, "metadata": metadata}
        yield MadeObject(key=f"{one['kind']}/{metadata.get('name')}", given=given, last=given)
