"""Whether a registry has an image: asked before anything waits for a pod that cannot be pulled for."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import requests

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 5.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)


def missing_images(references: Sequence[str], *, source: str = "", copies: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return a problem for each `repository@sha256:...` that its registry does not have. `source` is the stack that its digest comes from.

    `copies` has the repository of that stack by reference, empty where it is not known.

    A registry that does not answer here, or not to strangers, may well answer the cluster: then nothing is said.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(references))) as pool:
        missing = list(pool.map(is_missing, references))
    return [_problem(reference, source, copies.get(reference, "")) for reference, gone in zip(references, missing, strict=True) if gone]


def is_missing(reference: str) -> bool:
    """Tell whether the registry says that it does not have `repository@sha256:...`."""
    session, url, digest = _located(reference)
    url = f"{url}/manifests/{digest}"
    try:
        reply = session.head(url, headers={"Accept": _ACCEPT}, timeout=(_CONNECT_SECONDS, _READ_SECONDS))
    except requests.RequestException:
        return False
    return reply.status_code == HTTPStatus.NOT_FOUND


def image_labels(reference: str) -> Mapping[str, str] | None:
    """Return the labels of `repository@sha256:...`; None where the registry does not tell. Of several architectures the first is read."""
    session, url, digest = _located(reference)

    def read(path: str) -> Mapping[str, Any]:
        reply = session.get(f"{url}/{path}", headers={"Accept": _ACCEPT}, timeout=(_CONNECT_SECONDS, _READ_SECONDS))
        reply.raise_for_status()
        found = reply.json()
        return found if isinstance(found, dict) else {}

    try:
        manifest = read(f"manifests/{digest}")
        if manifest.get("manifests"):
            manifest = read(f"manifests/{manifest['manifests'][0]['digest']}")
        image = read(f"blobs/{manifest['config']['digest']}")
        labels = (image.get("config") or {}).get("Labels") or {}
        return {str(name): str(value) for name, value in labels.items()}
    except (requests.RequestException, ValueError, LookupError, TypeError, AttributeError):
        return None


def _located(reference: str) -> tuple[requests.Session, str, str]:
    """Return a session, the URL of the image's name in its registry, and its digest."""
    repository, _, digest = reference.partition("@")
    host, _, path = repository.partition("/")
    name = path.rpartition("/")[0] + "/" * ("/" in path) + path.rpartition("/")[2].partition(":")[0]
    session, base = opened(host)
    return session, f"{base}/{name}", digest


def is_local(host: str) -> bool:
    """Return whether `host:port` is on this machine."""
    return (urlsplit(f"//{host}").hostname or "") in _LOOPBACK


def opened(host: str) -> tuple[requests.Session, str]:
    """Return a session and the base URL of a registry's API. One on this machine speaks plain HTTP, and no proxy is on the way to it."""
    session = requests.Session()
    session.trust_env = not is_local(host)
    return session, f"{'http' if is_local(host) else 'https'}://{host}/v2"


def _problem(reference: str, source: str, repository_there: str) -> str:
    repository, _, digest = reference.partition("@")
    text = f"the registry does not have image {reference}"
    if not source:
        return f"{text}: push it there, or correct `image.flink` and `image.modelGateway`"
    there = repository_there or f"<registry of {source}>/{repository.rpartition('/')[2]}"
    # A registry on this machine speaks plain HTTP, and skopeo refuses that unless it is told.
    plain = [f"--{end}-tls-verify=false " for end, place in (("src", there), ("dest", repository)) if is_local(place.partition("/")[0])]
    return (
        f"{text}, whose digest is that of stack {source}. Copy it there first: `skopeo copy --preserve-digests {''.join(plain)}"
        f"docker://{there}@{digest} docker://{repository}:{digest[7:19]}` (docs/operations.md), then run this again"
    )
