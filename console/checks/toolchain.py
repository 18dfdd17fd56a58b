"""Whether a Pulumi CLI is here, or can be made."""

from pathlib import Path

from console.toolchain import find
from console.toolchain.programs import version_of
from console.toolchain.versions import CLI_MINIMUM, GO_MINIMUM, go_is_usable
from platforms.finding import Finding

_SUBJECT = "Pulumi CLI"


def check_toolchain(data_folder: Path) -> Finding:
    """Look without fetching anything."""
    found = find(data_folder)
    if found is not None:
        return Finding(subject=_SUBJECT, ok=True, what=f"{found.version}, {found.origin}")
    can_build = go_is_usable(version_of("go", "version"))
    last_resort = "built with Go (5 to 7 minutes, once)" if can_build else f"not built: there is no Go {GO_MINIMUM} or newer"
    return Finding(
        subject=_SUBJECT,
        ok=False,
        blocks=False,
        what=f"no {CLI_MINIMUM} or newer yet; the first `up` runs the official installer; where that is out of reach it is {last_resort}",
        fix="nothing, if this machine reaches the internet; else install it from https://www.pulumi.com/docs/install",
    )
