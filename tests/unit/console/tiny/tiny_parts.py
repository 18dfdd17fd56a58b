"""A dynamic provider whose world is a folder: creating a thing takes until the file `go` exists, deleting one while `stay` does."""

import os
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        world, name = Path(props["world"]), props["name"]
        if props.get("broken"):
            raise RuntimeError(f"{name} cannot be made: the {name} is broken. Mend it first")
        (world / f"{name}.begun").write_text(str(os.getpid()))
        deadline = time.monotonic() + 60
        while not (world / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with (world / f"{name}.made").open("a") as file:
            file.write("made\n")
        return CreateResult(name, props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        world, name = Path(props["world"]), props["name"]
        deadline = time.monotonic() + 60
        while (world / "stay").exists() and time.monotonic() < deadline:
            (world / f"{name}.ending").touch()
            time.sleep(0.02)
        (world / f"{name}.made").unlink(missing_ok=True)


class Thing(Resource, module="tiny", name="Thing"):
    def __init__(self, name: str, world: str, *, broken: bool = False, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ThingProvider(), name, {"name": name, "world": world, "broken": "yes" if broken else ""}, opts)
