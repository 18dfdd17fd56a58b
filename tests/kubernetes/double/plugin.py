"""The program that the engine starts for a doubled plugin: `python -u -m tests.kubernetes.double.plugin kubernetes`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.kubernetes.double.docker_hands import DockerHands
from tests.kubernetes.double.kubernetes_hands import KubernetesHands
from tests.kubernetes.double.servicer import Hands, serve

VERSIONS: Mapping[str, str] = {"kubernetes": "4.32.0", "docker": "5.1.0"}
"""The versions of the SDKs in requirements/runtime.in; the engine compares them."""


def write_launcher(folder: Path, plugin: str, project: Path) -> Path:
    """Put a program `pulumi-resource-<plugin>` into `folder` that runs this double; the folder belongs on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / f"pulumi-resource-{plugin}"
    launcher.write_text(
        f'#!/bin/sh\nPYTHONPATH="{project}" exec "{sys.executable}" -u -m tests.kubernetes.double.plugin {plugin} "$@"\n', encoding="utf-8"
    )
    launcher.chmod(0o755)
    return launcher


def main() -> None:
    """Serve the plugin that the first argument names."""
    hands: Hands = KubernetesHands() if sys.argv[1] == "kubernetes" else DockerHands()
    serve(hands, VERSIONS[sys.argv[1]])


if __name__ == "__main__":
    main()
