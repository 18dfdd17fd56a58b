"""The image of JobManager, TaskManagers and SQL Gateway: Flink with the jars that statements need. Owns: the image in the registry."""

from typing import ClassVar

from components.kubernetes.built_image import BuiltImage
from components.kubernetes.image_source import ImageSource
from components.names import FLINK_IMAGE, FLINK_IMAGE_TYPE
from embedded.versions import FlinkLine

_FOLDER = "docker/flink"


class FlinkImage(BuiltImage):
    """Built anew only when something in `docker/flink`, or the Flink line, changes."""

    type_token: ClassVar[str] = FLINK_IMAGE_TYPE
    name: ClassVar[str] = FLINK_IMAGE


def flink_image_source(line: FlinkLine) -> ImageSource:
    """Return what the image of a Flink line is built from. The folder is the whole context."""
    return ImageSource(
        context=_FOLDER,
        dockerfile=f"{_FOLDER}/Dockerfile",
        contents=(_FOLDER,),
        arguments={"FLINK_LINE": line.name, "FLINK_VERSION": line.flink},
    )
