"""The contexts of a kubeconfig: list them, find one by name, and tell whether it is a cluster on this machine."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cluster.errors import KubeconfigError
from cluster.library import LibraryError, read_kubeconfig

DEFAULT_KUBECONFIG = "~/.kube/config"

_LAPTOP_TOOLS = re.compile(r"^(kind|k3d)-|^(minikube|docker-desktop|docker-for-desktop|rancher-desktop|orbstack|colima|microk8s)\b")
"""The context names that tools for local clusters use."""

_LAPTOP_HOSTS = frozenset({"localhost", "kubernetes.docker.internal", "host.docker.internal", "host.k3d.internal"})


@dataclass(frozen=True, kw_only=True)
class Context:
    """One context. `server` is the API server's URL."""

    name: str
    server: str

    @property
    def is_local(self) -> bool:
        """Whether the cluster seems to be on this machine.

        It does if its address is a loopback address or one of this machine's own, or a private one together with a known tool's name. A
        private address alone proves nothing: company networks have them too.
        """
        host = (urlsplit(self.server).hostname or "").lower()
        if host in _LAPTOP_HOSTS:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        if address.is_loopback or _is_of_this_machine(host):
            return True
        return address.is_private and _LAPTOP_TOOLS.search(self.name) is not None


def kubeconfig_paths(kubeconfig: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """Return the file, or the files joined as in KUBECONFIG: the given one, else KUBECONFIG, else the one in the home folder."""
    return os.pathsep.join(str(Path(path).expanduser()) for path in _files(kubeconfig, environment))


def contexts(kubeconfig: str = "", environment: Mapping[str, str] = os.environ) -> tuple[Context, ...]:
    """Return every context. Raise KubeconfigError if there is no kubeconfig, or if it cannot be read."""
    config = _config(kubeconfig, environment)
    servers = {str(entry["name"]): str((entry.get("cluster") or {}).get("server") or "") for entry in config.get("clusters") or ()}
    return tuple(
        Context(name=str(entry["name"]), server=servers.get(str((entry.get("context") or {}).get("cluster")), ""))
        for entry in config.get("contexts") or ()
    )


def find_context(name: str, kubeconfig: str = "", environment: Mapping[str, str] = os.environ) -> Context:
    """Return the context of that name. Never use the kubeconfig's current context. Raise KubeconfigError."""
    known = {context.name: context for context in contexts(kubeconfig, environment)}
    if name in known:
        return known[name]
    place = kubeconfig_paths(kubeconfig, environment)
    close = get_close_matches(name, known, n=1)
    raise KubeconfigError(
        f"there is no context {name!r} in {place}",
        advice=f"did you mean {close[0]!r}?" if close else f"contexts there are: {', '.join(sorted(known)) or 'none'}",
    )


def _files(kubeconfig: str, environment: Mapping[str, str]) -> list[str]:
    joined = kubeconfig or environment.get("KUBECONFIG", "") or DEFAULT_KUBECONFIG
    return [path for path in joined.split(os.pathsep) if path]


def _config(kubeconfig: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
    place = kubeconfig_paths(kubeconfig, environment)
    if not any(Path(path).is_file() for path in place.split(os.pathsep)):
        raise KubeconfigError(
            f"there is no kubeconfig at {place}",
            advice="make a cluster first (for example `kind create cluster`), or name the file in KUBECONFIG or in `kubernetes.kubeconfig`",
        )
    try:
        return read_kubeconfig(place)
    except LibraryError as error:
        raise KubeconfigError(f"the kubeconfig {place} cannot be read: {error}") from error


def _is_of_this_machine(address: str) -> bool:
    """Return whether the address is one of this machine's: only those can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
