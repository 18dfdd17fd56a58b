"""The manifest of a bundle that is made from a script."""

import json
from collections.abc import Iterator, Mapping, Sequence

import yaml

from flinksql.script_import.catalogs import ScriptCatalog


def manifest_text(description: str, opening: Sequence[str], parameters: Sequence[str], catalogs: Mapping[str, ScriptCatalog]) -> str:
    """Return a `bundle.yaml`: what the script says of itself at its top, its placeholders as parameters, its catalogs."""
    lines = [*(f"# {line}".rstrip() for line in opening), f"description: {json.dumps(description, ensure_ascii=False)}"]
    if parameters:
        lines += ["# The script's own placeholders. A stack sets each: pulumi config set bundle.parameters.NAME VALUE", "parameters:"]
        lines += [f"  {name}: {{type: string}}" for name in parameters]
    if catalogs:
        lines += ["catalogs:", *_catalogs(catalogs)]
    lines += [
        "# What can stand here besides: docs/bundles.md. With samples and show, `demo` feeds and shows:",
        "# samples:",
        "#   - {table: TABLE, file: samples/records.jsonl, key: COLUMN}",
        "# show: {table: TABLE}",
    ]
    return "\n".join(lines) + "\n"


def _catalogs(catalogs: Mapping[str, ScriptCatalog]) -> Iterator[str]:
    for name, catalog in catalogs.items():
        remarks = [line for one in catalog.remarks for line in one.removeprefix("--").removeprefix("/*").removesuffix("*/").splitlines()]
        yield from (f"  # {line.strip()}" for line in remarks if line.strip())
        yield f"  {_scalar(name)}:"
        yield from (f"    {_scalar(key)}: {_scalar(value)}" for key, value in catalog.options.items())


def _scalar(text: str) -> str:
    """Return a text as YAML has it on one line, in quotes."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).strip()
