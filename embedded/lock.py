"""`python -m embedded.lock`: resolve the jar sets of `options.flink_lines` and write them to the jar lock.

Run it after changing a version. It needs the network. Commit what it writes: later runs read nothing else.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import Dependency, MavenContext

from embedded.data_folder import write_atomically
from embedded.errors import ArtifactError
from embedded.jars import LOCK_FILE, Jar
from options.flink_lines import JarSet, jar_sets

_RUNTIME_SCOPES = frozenset({"compile", "runtime", None})
_DOWNLOADS = 6
_TIMEOUT_SECONDS = 120

_HEADER = """\
# Every jar of the broker, of Flink and of its extensions, by jar set. Written by `python -m embedded.lock`; do not edit.
# <set> <group>:<artifact>[:<classifier>]:<version> <bytes> sha256=<hex> sha1=<hex as published>
"""


_HEADER_OF_BUNDLE = """\
# The jars that bundle.yaml names, with their checksums. Written by `python -m console lock-jars`; commit it.
# bundle <group>:<artifact>[:<classifier>]:<version> <bytes> sha256=<hex> sha1=<hex as published>
"""


def resolve(jar_set: JarSet, context: MavenContext) -> list[Dependency]:
    """List the set's own jars, in their order, and then their dependencies, sorted by coordinate.

    The roots are `raw`. Otherwise jgo treats each as a bill of materials, and that of log4j turns the broker's kafka-clients into 3.8.0.
    """
    roots = [context.create_dependency(coordinate) for coordinate in jar_set.coordinates]
    if not jar_set.transitive:
        return roots
    for root in roots:
        root.raw = True
    resolved, needed = context.resolver.resolve(roots)
    return resolved + sorted((one for one in needed if one.scope in _RUNTIME_SCOPES and one.type == "jar"), key=str)


def locked(dependency: Dependency, *, published_only: bool = True) -> Jar:
    """Download one jar and describe it.

    Raise RuntimeError when no repository has it, ArtifactError when its published checksum differs. Without `published_only` a
    repository that publishes no checksum is trusted this once.
    """
    file = dependency.artifact.resolve()
    content = file.read_bytes()
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    try:
        published = dependency.artifact.component.artifact(dependency.classifier, "jar.sha1").resolve().read_text().split()[0].lower()
    except RuntimeError:
        if published_only:
            raise
        published = sha1
    if published != sha1:
        raise ArtifactError(f"{dependency}: sha1 is {sha1}, the repository says {published}: it serves another file than it published")
    return Jar(
        group=dependency.groupId,
        artifact=dependency.artifactId,
        version=dependency.version,
        classifier=dependency.classifier,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sha1=sha1,
    )


def render(sets: Iterable[tuple[str, list[Jar]]]) -> str:
    """Render the lock file's text."""
    return _HEADER + "".join(f"{jar.line(name)}\n" for name, jars in sets for jar in jars)


def lock_jars(jar_set: str, coordinates: Sequence[str]) -> str:
    """Download jars, without their dependencies, and return the text of a lock file with their checksums.

    Raise ArtifactError for one that cannot be downloaded.
    """
    with tempfile.TemporaryDirectory(prefix="jar-lock-") as folder, ThreadPoolExecutor(_DOWNLOADS) as pool:
        context = MavenContext(repo_cache=Path(folder), timeout=_TIMEOUT_SECONDS)
        wanted = resolve(JarSet(name=jar_set, coordinates=tuple(coordinates), transitive=False), context)
        jars = list(pool.map(_locked_or_explained, wanted, coordinates))
    return _HEADER_OF_BUNDLE + "".join(f"{jar.line(jar_set)}\n" for jar in jars)


def _locked_or_explained(dependency: Dependency, coordinate: str) -> Jar:
    try:
        return locked(dependency, published_only=False)
    except requests.RequestException as error:
        raise ArtifactError(f"{coordinate} cannot be downloaded ({type(error).__name__}): check the network and run this again") from error
    except RuntimeError as error:
        raise ArtifactError(f"{coordinate} is in none of the Maven repositories that this machine uses: check its version") from error


def main() -> int:
    """Write the lock file and print how large each set is."""
    with tempfile.TemporaryDirectory(prefix="jar-lock-") as folder, ThreadPoolExecutor(_DOWNLOADS) as pool:
        context = MavenContext(repo_cache=Path(folder), timeout=_TIMEOUT_SECONDS)
        resolved = [(jar_set.name, resolve(jar_set, context)) for jar_set in jar_sets()]
        distinct = {str(dependency.artifact): dependency for _, dependencies in resolved for dependency in dependencies}
        jars = dict(zip(distinct, pool.map(locked, distinct.values()), strict=True))
    sets = [(name, [jars[str(dependency.artifact)] for dependency in dependencies]) for name, dependencies in resolved]
    write_atomically(LOCK_FILE, render(sets))
    for name, members in sets:
        sys.stdout.write(f"{name}: {len(members)} jars, {sum(jar.size for jar in members) / 1e6:.0f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
