"""An image that Docker on this machine builds and pushes, deployed by its digest.

Needs: Docker, and a registry that both this machine and the cluster reach. The tag is for people; nothing is deployed by it.
"""

import platform as machine
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pulumi
import pulumi_docker as docker

from components.kubernetes.image_source import ImageSource
from settings import LOCAL

_ARCHITECTURES: Mapping[str, str] = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""Docker's name by the operating system's."""


class BuiltImage(pulumi.ComponentResource):
    """`reference` is `repository@sha256:...`, unknown until it is built."""

    type_token: ClassVar[str]
    name: ClassVar[str]
    image: docker.Image
    reference: pulumi.Output[str]
    ready: list[pulumi.Resource]

    def __init__(
        self,
        source: ImageSource,
        repository: str,
        platform: str,
        *,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(self.type_token, self.name, {}, opts)
        self.image = docker.Image(
            self.name,
            image_name=f"{repository}:{source.tag}",
            build=docker.DockerBuildArgs(
                context=source.context, dockerfile=source.dockerfile, args=dict(source.arguments), platform=platform
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        self.reference = self.image.repo_digest
        self.ready = [self.image]
        self.register_outputs({"reference": self.reference})


def build_platform(wanted: str) -> str:
    """Return Docker's name of a platform. `local` is Linux on this machine's architecture: what the provider takes too, but asks about."""
    if wanted != LOCAL:
        return wanted
    architecture = machine.machine().lower()
    return f"linux/{_ARCHITECTURES.get(architecture, architecture)}"
