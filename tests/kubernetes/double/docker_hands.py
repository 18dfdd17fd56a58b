"""The double of the Docker plugin: an Image is built and pushed by the `docker` program, with the daemon that the user has."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kubernetes.double.servicer import Properties


class DockerHands:
    """Knows one resource, `docker:index/image:Image`."""

    def configure(self, _properties: Properties) -> None:
        """Nothing to know: the daemon is the one of the environment."""

    def replaces(self, _old: Properties, _new: Properties) -> list[str]:
        """None: an image is built again in place."""
        return []

    def create(self, kind: str, properties: Properties, seconds: float) -> tuple[str, Properties]:
        """Build and push."""
        state = self.update(kind, properties, seconds)
        return str(state["repoDigest"]), state

    def update(self, _kind: str, properties: Properties, _seconds: float) -> Properties:
        """Build and push."""
        build, name = dict(properties["build"]), str(properties["imageName"])
        arguments = [word for key, value in (build.get("args") or {}).items() for word in ("--build-arg", f"{key}={value}")]
        arguments += ["--platform", str(build["platform"])] if "platform" in build else []
        arguments += ["--file", str(build["dockerfile"])] if "dockerfile" in build else []
        with admitted(Path(str(build["context"])), Path(f"{build.get('dockerfile', '')}.dockerignore")) as context:
            _docker("build", "--quiet", *arguments, "--tag", name, str(context))
        if properties.get("skipPush"):
            return {**properties, "repoDigest": name}
        _docker("push", "--quiet", name)
        found = _docker("image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', name).split()
        repository = name.rsplit(":", 1)[0]
        return {**properties, "repoDigest": next(one for one in found if one.startswith(f"{repository}@"))}

    def read(self, _kind: str, inputs: Properties, state: Properties) -> tuple[Properties, Properties]:
        """Return what is recorded, digest included, as the real plugin does: an image is not looked for."""
        return inputs, state

    def delete(self, _kind: str, _properties: Properties, _seconds: float) -> None:
        """Leave the tag where it is, as the real plugin does."""

    def stop(self) -> None:
        """Nothing to end."""


@contextmanager
def admitted(context: Path, ignore: Path) -> Iterator[Path]:
    """Give the folder to build from: the context, or a copy of what an ignore file beside the Dockerfile lets in.

    Docker without BuildKit does not know such a file. It reads the whole project, and fails when a file goes meanwhile, as those of
    Pulumi's state do. Raises ValueError for a file that does not begin by leaving everything out.
    """
    if not ignore.is_file():
        yield context
        return
    everything, *lines = ignore.read_text(encoding="utf-8").split()
    if everything != "*":
        raise ValueError(f"{ignore}: the doubled plugin knows only files that leave everything out first")
    left_out = shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines if not line.startswith("!")))
    with tempfile.TemporaryDirectory() as folder:
        for name in (line.removeprefix("!") for line in lines if line.startswith("!")):
            source, target = context / name, Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=left_out)
            else:
                shutil.copy2(source, target)
        yield Path(folder)


def _docker(*arguments: Any) -> str:  # noqa: ANN401
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"docker {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
