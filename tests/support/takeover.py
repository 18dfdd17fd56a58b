"""What the code of before the redesign of November 2026 left in the states of its stacks, recorded from it (tests/cases/takeover).

`embedded-state.json` is `pulumi stack export` of a running stack `local`; its data folder stands as `@data@`, its ports as they were.
`kubernetes-urns.json` has the URNs of the committed Kubernetes stacks, `providers.json` each provider as the states hold it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[1] / "cases" / "takeover"
PORTS = {
    "kafka": 19092,
    "kafkaController": 19093,
    "jobManager": 19081,
    "jobManagerRpc": 19123,
    "jobManagerBlob": 19124,
    "taskManagerRpc": 19125,
    "taskManagerData": 19126,
    "sqlGateway": 19083,
    "modelGateway": 19434,
    "modelServer": 19435,
    "flinkUi": 19082,
}
"""The ports of the recorded stack, by the names of their settings."""


def recorded(name: str) -> dict[str, Any]:
    """Return a recorded file."""
    found: dict[str, Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return found


def embedded_state(data_folder: Path, ports: Mapping[str, int]) -> str:
    """Return the export of the recorded stack as it would be with another data folder and other ports."""
    text = (CASES / "embedded-state.json").read_text(encoding="utf-8").replace("@data@", str(data_folder))
    by_number = {str(number): str(ports[name]) for name, number in PORTS.items()}
    return re.sub(rf"\b(?:{'|'.join(by_number)})\b", lambda found: by_number[found[0]], text)


def recorded_resources() -> list[dict[str, Any]]:
    """Return the resources of the recorded embedded stack."""
    found: list[dict[str, Any]] = recorded("embedded-state.json")["deployment"]["resources"]
    return found
