"""The model gateway's image: its package and the packages that it imports, by hash. Owns: the image in the registry."""

from typing import ClassVar

from components.kubernetes.built_image import BuiltImage
from components.kubernetes.image_source import ImageSource
from components.names import MODEL_GATEWAY_IMAGE, MODEL_GATEWAY_IMAGE_TYPE

_FOLDER = "docker/model-gateway"


class ModelGatewayImage(BuiltImage):
    """Built anew only when the package, its locked requirements or its Dockerfile change."""

    type_token: ClassVar[str] = MODEL_GATEWAY_IMAGE_TYPE
    name: ClassVar[str] = MODEL_GATEWAY_IMAGE


def model_gateway_image_source() -> ImageSource:
    """Return what the image is built from. The context is the project, cut down to this by `Dockerfile.dockerignore`."""
    return ImageSource(
        context=".",
        dockerfile=f"{_FOLDER}/Dockerfile",
        contents=(_FOLDER, "modelgateway", "requirements/model-gateway.lock"),
    )
