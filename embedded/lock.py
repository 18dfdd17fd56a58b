"""`python -m embedded.lock`: resolve the jar sets of `options.flink_lines` and write them to the jar lock.

Run it after changing a version. It needs the network; what it writes is committed and is all that later runs read.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import Dependency, MavenContext

from embedded.data_folder import write_atomically
from embedded.jars import LOCK_FILE, Jar
from options.flink_lines import JarSet, jar_sets

_RUNTIME_SCOPES = frozenset({"compile", "runtime", None})
_DOWNLOADS = 6
_TIMEOUT_SECONDS = 120

_HEADER = """\
# Every jar of the broker, of Flink and of its extensions, by jar set. Written by `python -m embedded.lock`; do not edit.
# <set> <group>:<artifact>[:<classifier>]:<version> <bytes> sha256=<hex> sha1=<hex as published>
"""


def resolve(jar_set: JarSet, context: MavenContext) -> list[Dependency]:
    """List the set's own jars, in their order, and then what they need, sorted by coordinate.

    The roots are `raw`: else jgo treats each as a bill of materials, and log4j's would turn the broker's own kafka-clients into 3.8.0.
    """
    roots = [context.create_dependency(coordinate) for coordinate in jar_set.coordinates]
    if not jar_set.transitive:
        return roots
    for root in roots:
        root.raw = True
    resolved, needed = context.resolver.resolve(roots)
    return resolved + sorted((one for one in needed if one.scope in _RUNTIME_SCOPES and one.type == "jar"), key=str)


def locked(dependency: Dependency) -> Jar:
    """Download one jar and describe it. Raises RuntimeError when no repository has it or its published checksum differs."""
    file = dependency.artifact.resolve()
    content = file.read_bytes()
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    published = dependency.artifact.component.artifact(dependency.classifier, "jar.sha1").resolve().read_text().split()[0].lower()
    if published != sha1:
        raise RuntimeError(f"{dependency}: sha1 is {sha1}, the repository says {published}")
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
    """Write out the lock file's text."""
    return _HEADER + "".join(f"{jar.line(name)}\n" for name, jars in sets for jar in jars)


def main() -> int:
    """Write the lock file and tell how large each set is."""
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
