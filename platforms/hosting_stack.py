"""The stack whose platform a pipeline runs on, read by the program before anything is declared.

What it said last is kept in the pipeline's own state: a pipeline whose platform stack cannot be read is still told what is wrong with its
own Flink, and not that its settings are.
"""

from collections.abc import Mapping

import pulumi

from components.stack_state import OUTPUTS, own_state, stack_function
from platforms.hosting import OUTPUT, settings_of_contract


def hosted_settings(stack: str) -> Mapping[str, str]:
    """Return what a stack says of its platform, by the full name of that stack; what it said last where it says nothing now."""
    try:
        outputs: Mapping[str, object] = stack_function(OUTPUTS, {"name": stack}).get("outputs") or {}
    except Exception as error:
        # The engine's functions raise nothing more exact.
        if "unknown stack" not in str(error):
            raise
        outputs = {}
    found = settings_of_contract(outputs.get(OUTPUT))
    if found:
        return found
    last = settings_of_contract(own_state().identity.get("accepted"))
    if last:
        pulumi.log.warn(f"Stack {stack} does not say where pipelines run. This stack keeps what it said before.")
    return last
