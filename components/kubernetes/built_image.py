"""An image that Docker on this machine builds and pushes, deployed by its digest.

Needs: Docker, and a registry that both this machine and the cluster reach. The tag is for people; nothing is deployed by it.
"""

from collections.abc import Sequence
from typing import ClassVar

import pulumi
import pulumi_docker as docker

from components.kubernetes.image_source import ImageSource


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
        *,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(self.type_token, self.name, {}, opts)
        self.image = docker.Image(
            self.name,
            image_name=f"{repository}:{source.tag}",
            build=docker.DockerBuildArgs(context=source.context, dockerfile=source.dockerfile, args=dict(source.arguments)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        self.reference = self.image.repo_digest
        self.ready = [self.image]
        self.register_outputs({"reference": self.reference})
