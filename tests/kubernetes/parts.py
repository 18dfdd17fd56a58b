"""Which parts of a run on a cluster are the real ones, and which are doubles of ours, because no package registry holds them."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes.client.exceptions import ApiException

from platforms.kubernetes.arguments import chart_of
from settings import parse_settings
from tests.kubernetes.double.objects import Cluster
from tests.kubernetes.double.plugin import VERSIONS
from tests.kubernetes.given import Setting
from tests.support.project import REPOSITORY

_PULL_SECONDS = 300.0
_HOPELESS = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName"}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """True is real. The plugin and the operator are one choice: the plugin's double knows no charts."""

    server: str
    kubernetes_plugin: bool
    operator: bool
    docker_plugin: bool

    @property
    def line(self) -> str:
        """What the first line of a run says."""
        choice = {True: [], False: []}  # type: dict[bool, list[str]]
        choice[self.kubernetes_plugin].append("the Kubernetes provider's plugin")
        choice[self.operator].append("the Flink operator and its chart")
        choice[self.docker_plugin].append("the Docker provider's plugin")
        doubled = f"; DOUBLED: {', '.join(choice[False])}" if choice[False] else "; nothing is doubled"
        return f"cluster: {self.server}; real: {', '.join(['the cluster', 'Flink', 'Kafka', *choice[True]])}{doubled}"


def find_parts(cluster: Cluster, given: Setting) -> Parts:
    """Look for the plugins on this machine, and let the cluster pull the operator's image."""
    plugin = has_plugin("kubernetes")
    real = plugin and can_pull(cluster, operator_image(given))
    return Parts(server=server_of(cluster), kubernetes_plugin=real, operator=real, docker_plugin=has_plugin("docker"))


def operator_image(given: Setting) -> str:
    """Return the image that the operator's chart names, with the tag that the program gives it. Raises SettingsError without a chart."""
    values = {"platform": "kubernetes", "kubernetes.context": given.context, "data.folder": str(REPOSITORY / ".data")}
    chart = chart_of(parse_settings({**values, **({"operator.chart": given.chart} if given.chart else {})}))
    repository = yaml.safe_load((chart.folder / "values.yaml").read_text(encoding="utf-8"))["image"]["repository"]
    return f"{repository}:{chart.version}"


def server_of(cluster: Cluster) -> str:
    """Return the API server's address and version."""
    return f"{cluster.dynamic.client.configuration.host} ({cluster.dynamic.version['kubernetes']['gitVersion']})"


def has_plugin(name: str) -> bool:
    """Tell whether a provider's plugin is on PATH or among the plugins of the user's own Pulumi."""
    if shutil.which(f"pulumi-resource-{name}"):
        return True
    home = Path(os.environ.get("PULUMI_HOME", "~/.pulumi")).expanduser()
    return (home / "plugins" / f"resource-{name}-v{VERSIONS[name]}").is_dir()


def has_docker() -> bool:
    """Tell whether images can be built here."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def can_pull(cluster: Cluster, image: str) -> bool:
    """Tell whether a node of the cluster gets an image: a pod of it starts, or ends, or is refused."""
    with _probe(cluster, image) as name:
        deadline = time.monotonic() + _PULL_SECONDS
        while time.monotonic() < deadline:
            pod = cluster.core.read_namespaced_pod(name, "default")
            states = [one.state for one in (pod.status and pod.status.container_statuses) or []]
            for state in states:
                if state.running or state.terminated:
                    return True
                if state.waiting and state.waiting.reason in _HOPELESS:
                    return False
                if state.waiting and state.waiting.reason == "CreateContainerError":
                    return True
            time.sleep(0.5)
    return False


@contextmanager
def _probe(cluster: Cluster, image: str) -> Iterator[str]:
    name = f"image-probe-{uuid.uuid4().hex[:8]}"
    container = {"name": "probe", "image": image, "command": ["true"]}
    spec = {"restartPolicy": "Never", "automountServiceAccountToken": False, "containers": [container]}
    cluster.core.create_namespaced_pod("default", {"metadata": {"name": name}, "spec": spec})
    try:
        yield name
    finally:
        try:
            cluster.core.delete_namespaced_pod(name, "default", grace_period_seconds=0)
        except ApiException as error:
            if error.status != 404:
                raise
