"""Keys of earlier versions that stack files still have: each is read as the key that took its place."""

from collections.abc import Mapping

from settings.keys import PARAMETER_PREFIX

FORMER: Mapping[str, str] = {
    "bundle.windowSeconds": f"{PARAMETER_PREFIX}window_seconds",
    "bundle.heartbeats": f"{PARAMETER_PREFIX}heartbeats",
}
"""By the former name. They were settings of one bundle, and are parameters that it declares."""


def with_former_keys(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the keys under their names of today, and a problem for each that is given under both."""
    kept = {name: text for name, text in given.items() if name not in FORMER}
    problems: list[str] = []
    for former, name in FORMER.items():
        if former in given and name in kept:
            problems.append(f"{former} is {name} now, and both are given: remove the former one with `pulumi config rm {former}`")
        elif former in given:
            kept[name] = given[former]
    return kept, problems
