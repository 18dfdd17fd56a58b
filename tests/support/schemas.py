"""Manifests against the schemas of Kubernetes and of the operators' custom resources. A field that the schema does not know is an error."""

import importlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.names import PROJECT_FOLDER

_kubernetes_validate: Any = importlib.import_module("kubernetes_validate")
_jsonschema: Any = importlib.import_module("jsonschema")
"""Both come without types; the second with the first."""

KUBERNETES_VERSIONS = ("1.30", _kubernetes_validate.latest_version())
"""The oldest that is supported, and the newest whose schemas there are."""

FOLDER_VARIABLE = "CRD_SCHEMA_DIR"
_ELSEWHERE = PROJECT_FOLDER.parent / "shared" / "schemas"


def check_builtin(manifest: dict[str, Any], version: str) -> None:
    """Raise when the manifest is not valid for that Kubernetes."""
    _kubernetes_validate.validate(manifest, version, strict=True)


def check_custom(manifest: dict[str, Any]) -> None:
    """Raise when the custom resource is not valid. Skips the test where the operators' definitions cannot be had."""
    schema = _ours().get((manifest["apiVersion"], manifest["kind"])) or _definitions().get((manifest["apiVersion"], manifest["kind"]))
    assert schema is not None, f"no definition has {manifest['kind']} of {manifest['apiVersion']}"
    _jsonschema.Draft202012Validator(schema).validate(manifest)


def is_custom(manifest: dict[str, Any]) -> bool:
    """Tell whether the object's kind is not one of Kubernetes itself."""
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


@cache
def _ours() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the schemas, of the fields in use, of operators whose definitions no registry has as a file."""
    file = PROJECT_FOLDER / "tests" / "cases" / "monitoring" / "pod_monitor.schema.json"
    return {("monitoring.coreos.com/v1", "PodMonitor"): json.loads(file.read_text(encoding="utf-8"))}


@cache
def _definitions() -> dict[tuple[str, str], dict[str, Any]]:
    folder = Path(os.environ.get(FOLDER_VARIABLE) or _ELSEWHERE)
    files = sorted(folder.rglob("*.y*ml")) if folder.is_dir() else []
    if not files:
        pytest.skip(f"no custom resource definitions in {folder}: name their folder in {FOLDER_VARIABLE}")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for file in files:
        spec = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["spec"]
        for version in spec["versions"]:
            schema = _closed(version["schema"]["openAPIV3Schema"])
            # The API server adds these three to every schema.
            for field in ("apiVersion", "kind", "metadata"):
                schema["properties"][field] = {}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return found


def _closed(schema: Any) -> Any:  # noqa: ANN401 - a schema's part
    """Refuse what the API server would drop without a word: fields that a schema with `properties` does not name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        closed["type"] = ["integer", "string"]
    if isinstance(schema.get("properties"), dict) and not _is_open(schema):
        closed["additionalProperties"] = False
    return closed


def _is_open(schema: dict[str, Any]) -> bool:
    return bool(schema.get("x-kubernetes-preserve-unknown-fields")) or "additionalProperties" in schema
