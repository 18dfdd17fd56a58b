"""Where a jar comes from: Maven's own local repository, or the network. Loaded only for a missing jar: the resolver is slow to load."""

import hashlib
import os
import shutil
from pathlib import Path

import requests
from jgo.maven import MavenContext

from embedded.errors import ArtifactError
from embedded.jars import Jar

_TIMEOUT_SECONDS = 60


def from_local_repository(jar: Jar, temporary: Path) -> Path | None:
    """Link or copy a jar from Maven's local repository into `temporary`. Return None if it is not there as locked."""
    source = MavenContext().repo_cache / jar.path
    if not jar.is_whole(source) or _sha256(source) != jar.sha256:
        return None
    part = temporary / jar.file_name
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    return part


def from_network(jar: Jar, temporary: Path) -> Path:
    """Download a jar into `temporary`. Raise ArtifactError, which says what to do, also when its checksum is not the locked one."""
    context = MavenContext(repo_cache=temporary / "repository", timeout=_TIMEOUT_SECONDS)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(jar.classifier, "jar")
    try:
        part = artifact.resolve()
    except requests.RequestException as error:
        raise ArtifactError(
            f"{jar.coordinate} cannot be downloaded ({_reason(error)}): check the network and the proxy settings and run this again; "
            "what has come already is kept"
        ) from error
    except RuntimeError as error:
        raise ArtifactError(
            f"{jar.coordinate} is in none of the Maven repositories that this machine uses: "
            "its mirror may be incomplete; put the jar into Maven's local repository by hand, or use another mirror"
        ) from error
    found = _sha256(part)
    if found != jar.sha256:
        raise ArtifactError(
            f"{jar.coordinate} came with sha256 {found[:12]}…, the lock says {jar.sha256[:12]}…: it was dropped. "
            "Run this again; if it stays so, the repository or a proxy on the way serves another file"
        )
    return part


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_SECONDS} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the Maven repository"
    return type(error).__name__


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
