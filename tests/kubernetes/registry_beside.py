"""A registry of the stage's own, beside the one that `dev` pushes to, with nothing in it."""

import ipaddress
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.contract.bench import until
from tests.kubernetes.stack import KubernetesStack
from tests.support.ports import free_ports

PROGRAM = "docker-registry"
_START_SECONDS = 30


@contextmanager
def registry_beside(stack: KubernetesStack, folder: Path) -> Iterator[str]:
    """Give `host:port` of a registry of its own where the node is this machine; else a folder of the registry that is there."""
    if shutil.which(PROGRAM) is None or not _node_is_here(stack):
        yield "localhost:5001/of-staging"
        return
    [port] = free_ports(1)
    address = f"localhost:{port}"
    file = folder / "registry.yml"
    file.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\nhttp: {{addr: ':{port}'}}\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "serve", str(file)], stdout=log, stderr=log, env=environment)
    try:
        until(lambda: _answers(address), seconds=_START_SECONDS)
        yield address
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def as_told(said: str) -> Sequence[Sequence[str]]:
    """Return the copies that a refusal names, as a person types them."""
    lines = {part.partition("`")[0] for part in said.split("`skopeo ")[1:]}
    return [["skopeo", *shlex.split(line)] for line in sorted(lines)]


def _node_is_here(stack: KubernetesStack) -> bool:
    nodes = stack.cluster.core.list_node().items
    addresses = [one.address for node in nodes for one in node.status.addresses if one.type == "InternalIP"]
    return len(nodes) == 1 and any(_is_own(one) for one in addresses)


def _is_own(address: str) -> bool:
    """Tell whether this machine has an address: nobody may listen on somebody else's."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/v2/", timeout=5).ok
    except requests.RequestException:
        return False
