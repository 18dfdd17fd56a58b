"""The operator's Helm chart on this machine: the pinned release, fetched once and checked, or the one that the settings name.

The definitions of its kinds (`crds/`) are applied from it, and the release is installed from the same folder: one version for both.
"""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import requests
import yaml

from components.names import PROJECT_FOLDER
from settings import SettingsError

NAME = "flink-kubernetes-operator"
VERSION = "1.15.0"
RELEASE = f"https://archive.apache.org/dist/flink/{NAME}-{VERSION}/{NAME}-{VERSION}-helm.tgz"
CONTENT = "5922a275889922f9d5b14a279eb573ebde9ce8795f2a11f6b7d43415a64f9200"
"""SHA-256 over `crds/` and `templates/` as the tag `release-1.15.0` of the operator's sources has them. The archive itself is packed at
each release with a values file of its own, from which nothing is taken that matters here: the image is named by us."""

_DEPLOYMENTS = "flinkdeployments.flink.apache.org"
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The definition is 11,000 lines, which YAML's own loader needs seconds for."""
_FETCH_SECONDS = 30.0
_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class OperatorChart:
    """An unpacked chart. `crds` maps the name of each definition to its file."""

    folder: Path
    version: str
    crds: Mapping[str, Path]

    @property
    def location(self) -> str:
        """The folder as Pulumi is told: relative within the project, so that it is the same on every machine."""
        if self.folder.is_relative_to(PROJECT_FOLDER):
            return f"./{self.folder.relative_to(PROJECT_FOLDER).as_posix()}"
        return str(self.folder)

    @cached_property
    def flink_versions(self) -> tuple[str, ...]:
        """The values of `flinkVersion` that a FlinkDeployment can have (`v2_2`); none where the definition does not list them.

        Raises SettingsError for a file that is no definition.
        """
        file = self.crds.get(_DEPLOYMENTS)
        try:
            definition = yaml.load(file.read_text(encoding="utf-8"), _YAML) if file else {}  # noqa: S506 - it is a safe one
            versions = definition.get("spec", {}).get("versions") or ()
            schemas = [one["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"] for one in versions if one.get("served")]
            return tuple(str(value) for one in schemas for value in one.get("flinkVersion", {}).get("enum", ()))
        except (OSError, AttributeError, KeyError, TypeError, yaml.YAMLError) as error:
            raise SettingsError([f"{file} is no definition of FlinkDeployment ({type(error).__name__}): restore the chart"]) from None

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a definition's file."""
        return hashlib.sha256(self.crds[name].read_bytes()).hexdigest()


def operator_chart(cache: Path, given: str = "") -> OperatorChart:
    """Return the chart, after fetching or unpacking into `cache` what is not there yet. Raises SettingsError.

    `given` is the path of an unpacked chart or of its archive; empty takes the pinned release.
    """
    if not given:
        return _read(_fetched(cache / f"{NAME}-{VERSION}"), "the pinned release")
    place = (PROJECT_FOLDER / Path(given).expanduser()).resolve()
    if place.is_file():
        content = place.read_bytes()
        target = cache / hashlib.sha256(content).hexdigest()[:_DIGITS]
        return _read(_unpacked(content, target, f"operator.chart {given}"), f"operator.chart {given}")
    return _read(place, f"operator.chart {given}")


def content_digest(folder: Path) -> str:
    """Return the SHA-256 over the files that make up what is installed."""
    digest = hashlib.sha256()
    for file in sorted(path for part in ("crds", "templates") for path in (folder / part).rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _read(folder: Path, what: str) -> OperatorChart:
    try:
        about = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
        name, version = str(about["name"]), str(about["version"])
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError):
        raise SettingsError([f"{what} is no Helm chart: {folder} has no Chart.yaml with name and version"]) from None
    crds = {file.name.removesuffix(file.suffix).removesuffix("-v1"): file for file in sorted((folder / "crds").glob("*.y*ml"))}
    if name != NAME or not crds:
        raise SettingsError([f"{what} is the chart {name} {version} with {len(crds)} definitions: it must be {NAME} with those in crds/"])
    return OperatorChart(folder=folder, version=version, crds=crds)


def _fetched(target: Path) -> Path:
    folder = target / NAME
    if folder.is_dir():
        return folder
    advice = f"fetch {RELEASE} in another way and name it: `pulumi config set operator.chart <path>`"
    try:
        reply = requests.get(RELEASE, timeout=_FETCH_SECONDS)
        reply.raise_for_status()
    except requests.RequestException as error:
        raise SettingsError([f"the operator's chart cannot be fetched ({type(error).__name__}): {advice}"]) from error
    unpacked = _unpacked(reply.content, target.with_name(f"{target.name}.partial"), RELEASE)
    if content_digest(unpacked) != CONTENT:
        raise SettingsError([f"the operator's chart from {RELEASE} is not the one of version {VERSION}: it is not used. {advice}"])
    unpacked.parent.replace(target)
    return folder


def _unpacked(content: bytes, target: Path, what: str) -> Path:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            target.mkdir(parents=True, exist_ok=True)
            archive.extractall(target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SettingsError([f"{what} cannot be unpacked into {target}: {error}"]) from error
    return target / NAME
