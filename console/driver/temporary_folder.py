"""A temporary folder of a run's own for the engine and its plugins.

The Kubernetes provider writes a kubeconfig, credentials included, into the temporary folder in each run and leaves it there (measured
with 4.32.0).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from components.settings import PlatformKind
from console.project import Project


@contextmanager
def temporary_folder(project: Project) -> Iterator[Mapping[str, str]]:
    """Give the variables that name the folder; it is removed with all that is in it when the block ends.

    On the embedded platform there are none: the services that a run starts go on after it, with the environment that they got.
    """
    if project.values.get("platform") != PlatformKind.KUBERNETES:
        yield {}
        return
    with TemporaryDirectory(prefix="flink-reviews-", ignore_cleanup_errors=True) as folder:
        yield {"TMPDIR": folder}
