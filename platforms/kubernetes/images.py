"""Where the two images come from: built here, taken over from the stage before, or there already. Always deployed by digest."""

from dataclasses import dataclass
from typing import cast

import pulumi

from components.kubernetes.image import FlinkImage, ImageArgs, ImageSource, ModelGatewayImage, model_gateway_image_source
from components.kubernetes.registry import Registry
from components.promotion import Offer
from components.stack_state import OwnState
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class Images:
    """References `repository@sha256:...`. Who uses one waits for what it takes to have it."""

    flink: pulumi.Output[str]
    model_gateway: pulumi.Output[str]


_NO_IMAGE = cast("pulumi.Output[str]", "")
_IMAGE_TYPE, _SESSION_CLUSTER_TYPE = "docker:index/image:Image", "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
LATER = Images(flink=_NO_IMAGE, model_gateway=_NO_IMAGE)
"""Where manifests are wanted for what does not depend on images. Plain texts: an output needs an event loop, and providers have none."""


def images(settings: Settings, offer: Offer | None, source: ImageSource, opts: pulumi.ResourceOptions) -> Images:
    """Return the images of a stack.

    `offer` is what is taken over from the stage before, `source` what Flink's is built from; `opts` are for what it takes to build them.
    """
    given = settings.kubernetes.images
    if offer is not None:
        return Images(
            flink=pulumi.Output.from_input(f"{given.flink_repository}@{offer.flink_digest}"),
            model_gateway=pulumi.Output.from_input(f"{given.model_gateway_repository}@{offer.model_gateway_digest}"),
        )
    after = Registry(opts=opts).ready if given.provide_registry else []
    flink, model_gateway = pulumi.Output.from_input(given.flink), pulumi.Output.from_input(given.model_gateway)
    if not given.flink:
        args = ImageArgs(source=source, repository=given.flink_repository, platform=given.platform)
        flink = FlinkImage(args, after=after, opts=opts).reference
    if not given.model_gateway:
        args = ImageArgs(source=model_gateway_image_source(), repository=given.model_gateway_repository, platform=given.platform)
        model_gateway = ModelGatewayImage(args, after=after, opts=opts).reference
    return Images(flink=flink, model_gateway=model_gateway)


def plans_with(state: OwnState, settings: Settings, source: ImageSource, offer: Offer | None) -> bool:
    """Return whether the image that the last run left is the one of this run, so that its planner has the same jars."""
    given = settings.kubernetes.images
    if offer is None and not given.flink:
        return f"{given.flink_repository}:{source.tag}" in {str(one.get("imageName")) for one in state.of_type(_IMAGE_TYPE)}
    wanted = given.flink if offer is None else f"{given.flink_repository}@{offer.flink_digest}"
    return wanted in {str((one.get("spec") or {}).get("image")) for one in state.of_type(_SESSION_CLUSTER_TYPE)}


def digest_of(reference: str) -> str:
    """Return the `sha256:...` of a reference `repository@sha256:...`."""
    return reference.rpartition("@")[2]
