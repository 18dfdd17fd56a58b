"""Which fields one version of a CustomResourceDefinition has that another one lacks."""

from collections.abc import Iterator, Mapping
from typing import Any


def unknown_fields(installed: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return the fields of the installed definition that the wanted one lacks, as `v1beta1.spec.job.entryClass`, by the alphabet.

    A whole version that is missing is told by its name.
    """
    known = set(_fields(wanted))
    missing = {field for field in _fields(installed) if field not in known}
    return sorted(field for field in missing if field.rpartition(".")[0] not in missing)


def _fields(definition: Mapping[str, Any]) -> Iterator[str]:
    for version in (definition.get("spec") or {}).get("versions") or ():
        name = str(version["name"])
        yield name
        yield from _below(name, (version.get("schema") or {}).get("openAPIV3Schema") or {})


def _below(place: str, schema: Mapping[str, Any]) -> Iterator[str]:
    for name, part in (schema.get("properties") or {}).items():
        yield f"{place}.{name}"
        yield from _below(f"{place}.{name}", part)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, Mapping):
            yield from _below(place, inner)
