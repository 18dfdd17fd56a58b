"""Objects of a cluster as values: apply one, wait for it, delete it. What the double of the Kubernetes plugin does with a resource."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError

Manifest = Mapping[str, Any]
FIELD_MANAGER = "flink-reviews-double"
_WAIT_FOR = "pulumi.com/waitFor"
_SKIP_AWAIT = "pulumi.com/skipAwait"
_CONDITION = re.compile(r"condition=([^=]+)(?:=(.*))?")
_JSONPATH = re.compile(r"jsonpath=\{\.?([^}]*)\}(?:=(.*))?")
_PAUSE_SECONDS = 0.5
_DISCOVERY_SECONDS = 30.0
"""A kind is known some seconds after its definition was written."""


class WaitError(RuntimeError):
    """The wait for an object was given up."""


class NotInTimeError(WaitError):
    """An object did not become ready. The text is as poor as the real plugin's on purpose: it names the object and the time."""


class RefusedError(RuntimeError):
    """The API server did not take an object; the text is its own."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster reached by one context of a kubeconfig."""

    dynamic: Any

    @classmethod
    def of(cls, kubeconfig: str | None, context: str) -> "Cluster":
        """Open it. Raises kubernetes' ConfigException for a context that is not there."""
        library: Any = config
        dynamic: Any = DynamicClient
        return cls(dynamic=dynamic(library.new_client_from_config(config_file=kubeconfig or None, context=context)))

    @property
    def core(self) -> Any:  # noqa: ANN401
        """The client of the core group."""
        return client.CoreV1Api(self.dynamic.client)

    def apply(self, manifest: Manifest) -> dict[str, Any]:
        """Write the object by server-side apply and return it as it is then. Raises RefusedError."""
        kind = self._kind(manifest)
        metadata = manifest["metadata"]
        try:
            applied = self.dynamic.server_side_apply(
                kind,
                body=_without_answers(manifest),
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager=FIELD_MANAGER,
                force_conflicts=True,
            )
        except ApiException as error:
            raise RefusedError(f"{title(manifest)}: {_message_of(error)}") from error
        found: dict[str, Any] = applied.to_dict()
        return found

    def read(self, manifest: Manifest) -> dict[str, Any] | None:
        """Return the object as it is now, or None."""
        metadata = manifest["metadata"]
        try:
            found = self._kind(manifest).get(name=metadata["name"], namespace=metadata.get("namespace"))
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        answer: dict[str, Any] = found.to_dict()
        return answer

    def delete(self, manifest: Manifest) -> None:
        """Ask for the object's end; one that is gone is fine."""
        metadata = manifest["metadata"]
        try:
            self._kind(manifest).delete(
                name=metadata["name"], namespace=metadata.get("namespace"), body={"propagationPolicy": "Foreground"}
            )
        except ApiException as error:
            if error.status != 404:
                raise

    def _kind(self, manifest: Manifest) -> Any:  # noqa: ANN401
        deadline = time.monotonic() + _DISCOVERY_SECONDS
        while True:
            try:
                return self.dynamic.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
            except ResourceNotFoundError as error:
                if time.monotonic() > deadline:
                    raise WaitError(f"{title(manifest)}: no matches for its kind; is the CustomResourceDefinition there?") from error
                time.sleep(_PAUSE_SECONDS)


def wait(what: str, seconds: float, done: Callable[[], bool], stopped: Callable[[], bool]) -> None:
    """Ask until it is so. Raises NotInTimeError after `seconds`, WaitError when `stopped` says that the run is over."""
    deadline = time.monotonic() + seconds
    while not done():
        if stopped():
            raise WaitError(f"{what}: the run was cancelled")
        if time.monotonic() > deadline:
            raise NotInTimeError(f"{what}: timed out waiting for the condition after {seconds:.0f} s")
        time.sleep(_PAUSE_SECONDS)


def title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def as_live(wanted: Any, found: Any) -> Any:  # noqa: ANN401
    """Return the found value in the fields of the wanted one: what a cluster adds by itself is no difference."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return {key: as_live(value, found[key]) for key, value in wanted.items() if key in found}
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [as_live(one, other) for one, other in zip(wanted, found, strict=True)]
    return found


def is_ready(found: Manifest) -> bool:
    """Tell whether an object has what the real plugin waits for. Raises NotInTimeError for a Job that has failed."""
    annotations = found["metadata"].get("annotations") or {}
    if annotations.get(_SKIP_AWAIT) == "true":
        return True
    if _WAIT_FOR in annotations:
        return _observed(found) and _holds(found, annotations[_WAIT_FOR])
    check = _READY.get(found["kind"])
    return check is None or check(found)


def _holds(found: Manifest, condition: str) -> bool:
    if named := _CONDITION.fullmatch(condition):
        conditions = (found.get("status") or {}).get("conditions") or ()
        return any(one["type"] == named[1] and one["status"] == (named[2] or "True") for one in conditions)
    match = _JSONPATH.fullmatch(condition)
    if match is None:
        return all(_holds(found, one) for one in json.loads(condition))
    value: Any = found
    for part in match[1].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value is not None if match[2] is None else str(value) == match[2]


def _observed(found: Manifest) -> bool:
    seen = (found.get("status") or {}).get("observedGeneration")
    return bool(seen is not None and seen == found["metadata"].get("generation"))


def _deployment(found: Manifest) -> bool:
    status, wanted = found.get("status") or {}, found["spec"].get("replicas", 1)
    return _observed(found) and status.get("updatedReplicas", 0) == wanted == status.get("availableReplicas", 0) == status.get(
        "replicas", 0
    )


def _stateful_set(found: Manifest) -> bool:
    status, wanted = found.get("status") or {}, found["spec"].get("replicas", 1)
    return _observed(found) and status.get("readyReplicas", 0) == wanted and status.get("updateRevision") == status.get("currentRevision")


def _job(found: Manifest) -> bool:
    conditions = {one["type"]: one for one in (found.get("status") or {}).get("conditions") or () if one["status"] == "True"}
    if "Failed" in conditions:
        raise NotInTimeError(f"Job {found['metadata']['name']}: {conditions['Failed'].get('message', 'failed')}")
    return "Complete" in conditions


def _definition(found: Manifest) -> bool:
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


_READY: Mapping[str, Callable[[Manifest], bool]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "Job": _job,
    "CustomResourceDefinition": _definition,
}


def _without_answers(manifest: Manifest) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in {"status", "id", "urn"}}


def _message_of(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)
