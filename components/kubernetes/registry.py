"""A registry on this machine's port 5001, in Docker, for those who have none. Owns: the container; its images stay in a volume."""

import pulumi
import pulumi_docker as docker

from components.names import REGISTRY, REGISTRY_TYPE

_IMAGE = "registry:2.8.3"
_PORT = 5001
_INNER_PORT = 5000


class Registry(pulumi.ComponentResource):
    """Reached as `localhost:5001` by Docker, which needs no TLS for that. The nodes must know it: kind's documentation says how."""

    container: docker.Container
    ready: list[pulumi.Resource]

    def __init__(self, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(REGISTRY_TYPE, REGISTRY, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        image = docker.RemoteImage("registry-image", name=_IMAGE, keep_locally=True, opts=child)
        volume = docker.Volume("registry-volume", name="flink-reviews-registry", opts=child)
        self.container = docker.Container(
            "registry-container",
            name="flink-reviews-registry",
            image=image.image_id,
            restart="unless-stopped",
            ports=[docker.ContainerPortArgs(internal=_INNER_PORT, external=_PORT, ip="127.0.0.1")],
            volumes=[docker.ContainerVolumeArgs(volume_name=volume.name, container_path="/var/lib/registry")],
            opts=child,
        )
        self.ready = [self.container]
        self.register_outputs({})
