"""The addresses worth opening, as a person's browser needs them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded.data_folder import DataFolder
from embedded.flink_ui import read_token

_FLINK = "Flink"


def pages(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the links that a stack exported, with the token that Flink's UI asks for.

    The token stands in a file of the data folder, never in the stack's outputs.
    """
    links = outputs.get("links")
    found = {str(name): str(address) for name, address in links.items()} if isinstance(links, Mapping) else {}
    if str(outputs.get("jobManagerUrl", "")).startswith("https://") and _FLINK in found:
        token = read_token(DataFolder(root=Path(str(outputs["dataFolder"]))))
        found[_FLINK] += f"?token={token}" if token else ""
    return found
