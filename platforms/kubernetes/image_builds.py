"""Whether this machine can do its part for a stack on Kubernetes: build and push images, and speak to the cluster through plugins."""

import shutil
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import requests

from platforms.finding import Finding
from platforms.folders import PULUMI_HOME_FOLDER
from platforms.kubernetes.image_registry import is_local, opened
from platforms.process_environment import process_environment
from settings import Settings

_DOCKER_SECONDS = 15.0
_REGISTRY_SECONDS = 5.0
_START_REGISTRY = "start it: `docker run -d --restart=always -p 127.0.0.1:5001:5000 --name registry registry:2`, or set `registry.provide`"


def check_building(settings: Settings, data_folder: Path) -> list[Finding]:
    """Look at Docker and the registry where the stack builds, and at the plugins in any case. Never raises."""
    images = settings.kubernetes.images
    builds = not settings.promoted_from and not (images.flink and images.model_gateway)
    found = [*_plugins(data_folder, builds=builds)]
    if not builds:
        return found
    found.append(_docker())
    if not images.provide_registry:
        found.append(_registry(images.flink_repository))
    return found


def _docker() -> Finding:
    fix = "start Docker, or take images that are there already: `image.flink` and `image.modelGateway`"
    if shutil.which("docker") is None:
        return Finding(subject="docker", ok=False, what="there is no `docker` on PATH, and this stack builds images", fix=fix)
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DOCKER_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Finding(subject="docker", ok=False, what=f"the Docker daemon does not answer within {_DOCKER_SECONDS:g} s", fix=fix)
    if done.returncode:
        said = " ".join(done.stderr.split())[:200]
        return Finding(subject="docker", ok=False, what=f"the Docker daemon does not answer: {said}", fix=fix)
    return Finding(subject="docker", ok=True, what=f"daemon {done.stdout.strip()}")


def _registry(repository: str) -> Finding:
    host = repository.partition("/")[0]
    if "." not in host and ":" not in host and not is_local(host):
        return Finding(subject="registry", ok=True, what=f"{repository} is a name on Docker's own registry", blocks=False)
    session, base = opened(host)
    try:
        reply = session.get(f"{base}/", timeout=_REGISTRY_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        fix = _START_REGISTRY if is_local(host) else "check `image.repository`, and that this machine reaches it"
        return Finding(subject="registry", ok=False, what=f"no registry answers at {host} ({type(error).__name__})", fix=fix)
    if reply.status_code in (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Finding(subject="registry", ok=True, what=f"{host} answers")
    return Finding(
        subject="registry", ok=False, what=f"{host} answers {reply.status_code} to /v2/: it is no registry", fix="check `image.repository`"
    )


def _plugins(data_folder: Path, *, builds: bool) -> Iterator[Finding]:
    for name in ("kubernetes", "docker") if builds else ("kubernetes",):
        wanted = version(f"pulumi-{name}")
        program = f"pulumi-resource-{name}"
        installed = data_folder / PULUMI_HOME_FOLDER / "plugins" / f"resource-{name}-v{wanted}" / program
        there = installed.is_file() or shutil.which(program) is not None
        home = Path(process_environment().get("PULUMI_HOME", "~/.pulumi")).expanduser()
        beside = home / "plugins" / f"resource-{name}-v{wanted}" / program
        if there:
            yield Finding(subject="plugin", ok=True, what=f"{name} {wanted}")
        else:
            copy = f"; or copy {beside.parent} to {installed.parent}" if beside.is_file() else ""
            yield Finding(
                subject="plugin",
                ok=False,
                blocks=False,
                what=f"the {name} provider {wanted} is not here yet: `up` downloads it once",
                fix=f"nothing to do with internet access; offline, put {program} on PATH{copy}",
            )
