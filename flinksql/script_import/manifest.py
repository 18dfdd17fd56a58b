"""The manifest of a bundle that is made from a script."""

import json
from collections.abc import Sequence


def manifest_text(description: str, opening: Sequence[str], parameters: Sequence[str]) -> str:
    """Return a `bundle.yaml`: what the script says of itself at its top, and its own placeholders as parameters that a stack sets."""
    lines = [*(f"# {line}".rstrip() for line in opening), f"description: {json.dumps(description, ensure_ascii=False)}"]
    if parameters:
        lines += ["# The script's own placeholders. A stack sets each: pulumi config set bundle.parameters.NAME VALUE", "parameters:"]
        lines += [f"  {name}: {{type: string}}" for name in parameters]
    lines += [
        "# What can stand here besides: docs/bundles.md. With samples and show, `demo` feeds and shows:",
        "# samples:",
        "#   - {table: TABLE, file: samples/records.jsonl, key: COLUMN}",
        "# show: {table: TABLE}",
    ]
    return "\n".join(lines) + "\n"
