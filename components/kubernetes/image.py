"""An image that Docker on this machine builds and pushes, deployed by its digest.

Needs: Docker, and a registry that both this machine and the cluster reach. Owns: the image in the registry. The tag follows from the
content, the same on every machine; it is for people, nothing is deployed by it.
"""

import hashlib
import platform as machine
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pulumi
import pulumi_docker as docker

from components.names import FLINK_IMAGE, FLINK_IMAGE_TYPE, MODEL_GATEWAY_IMAGE, MODEL_GATEWAY_IMAGE_TYPE, PROJECT_FOLDER
from components.program_errors import fail
from options.flink_lines import FlinkLine

LOCAL = "local"
"""A platform: what this machine's Docker builds for."""
_DIGITS = 16

_ARCHITECTURES: Mapping[str, str] = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""Docker's name by the operating system's."""
FLINK_FOLDER = "docker/flink"
_GATEWAY_FOLDER = "docker/model-gateway"


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """Paths are relative to `root`. `contents` are the files and folders that the Dockerfile takes from the context, and itself."""

    context: str
    dockerfile: str
    contents: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    root: Path = PROJECT_FOLDER

    @property
    def tag(self) -> str:
        """Hexadecimal digits over everything that goes into the image but its base, which the Dockerfile pins."""
        digest = hashlib.sha256()
        for name, value in sorted(self.arguments.items()):
            digest.update(f"{name}={value}\0".encode())
        for file in self._files():
            digest.update(f"{file.relative_to(self.root).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()[:_DIGITS]

    def _files(self) -> Iterator[Path]:
        for content in sorted(self.contents):
            place = self.root / content
            files = [place] if place.is_file() else sorted(place.rglob("*"))
            yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """`repository` is where it is pushed to, without a tag. `platform` is `local`, or Docker's name of another one (`linux/arm64`)."""

    source: ImageSource
    repository: str
    platform: str = LOCAL

    @property
    def built_for(self) -> str:
        """Docker's name of the platform. `local` is Linux on this machine's architecture: what the provider takes too, but asks about."""
        if self.platform != LOCAL:
            return self.platform
        architecture = machine.machine().lower()
        return f"linux/{_ARCHITECTURES.get(architecture, architecture)}"


class BuiltImage(pulumi.ComponentResource):
    """`reference` is `repository@sha256:...`, unknown until it is built."""

    type_token: ClassVar[str]
    name: ClassVar[str]
    image: docker.Image
    reference: pulumi.Output[str]
    ready: list[pulumi.Resource]

    def __init__(
        self,
        args: ImageArgs,
        *,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(self.type_token, self.name, {}, opts)
        source = args.source
        self.image = docker.Image(
            self.name,
            image_name=f"{args.repository}:{args.source.tag}",
            build=docker.DockerBuildArgs(
                context=source.context, dockerfile=source.dockerfile, args=dict(source.arguments), platform=args.built_for
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        self.reference = self.image.repo_digest.apply(self._pushed)
        self.ready = [self.image]
        self.register_outputs({"reference": self.reference})

    def _pushed(self, reference: str | None) -> str:
        """Return the reference. Fails the run for an image whose digest nobody knows, before anything is deployed without one."""
        if not reference or "@" not in reference:
            # The Docker provider reads none for an image that was not pushed, or that its daemon removed since (seen).
            fail(
                f"{self.name}: the image has no digest{f' but {reference}' if reference else ''}: it was not pushed, or this machine's "
                "Docker does not know it any more. Is the registry running? `up` builds and pushes it again"
            )
        return reference


class FlinkImage(BuiltImage):
    """Built anew only when something in `docker/flink`, or the Flink line, changes."""

    type_token: ClassVar[str] = FLINK_IMAGE_TYPE
    name: ClassVar[str] = FLINK_IMAGE


def flink_image_source(line: FlinkLine) -> ImageSource:
    """Return what the image of a Flink line is built from. The folder is the whole context."""
    return ImageSource(
        context=FLINK_FOLDER,
        dockerfile=f"{FLINK_FOLDER}/Dockerfile",
        contents=(FLINK_FOLDER,),
        arguments={"FLINK_LINE": line.name, "FLINK_VERSION": line.flink},
    )


class ModelGatewayImage(BuiltImage):
    """Built anew only when the package, its locked requirements or its Dockerfile change."""

    type_token: ClassVar[str] = MODEL_GATEWAY_IMAGE_TYPE
    name: ClassVar[str] = MODEL_GATEWAY_IMAGE


def model_gateway_image_source() -> ImageSource:
    """Return what the image is built from. The context is the project, cut down to this by `Dockerfile.dockerignore`."""
    return ImageSource(
        context=".",
        dockerfile=f"{_GATEWAY_FOLDER}/Dockerfile",
        contents=(_GATEWAY_FOLDER, "modelgateway", "requirements/model-gateway.lock"),
    )
