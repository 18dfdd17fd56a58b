"""One message, and what every message must have."""

import re
from dataclasses import dataclass

PLACE = re.compile(
    r"[\w/.-]+\.sql:\d+:\d+: |\w+(?:\.\w+)+|`[^`]+`|(?:topic|statement|job|pod) \S+|port \d+|^\S+: ",
)
CURES = (
    "add", "aggregate", "ask", "break", "change", "choose", "close", "convert", "correct", "create", "declare", "delete", "did you mean",
    "docker", "fix", "give", "keep", "look", "make", "map", "mend", "move", "name", "needs", "ollama", "put", "raise", "reassign",
    "remove", "rename", "restore", "run", "save", "say", "set", "start", "stop", "subtract", "take", "try", "use", "wait", "write",
    "is one of", "it must be", "there are:", "available:", "says what is wrong", "says why", "can come here", "goes in backticks",
    "is the name right", "is a duration", "is a number",
)  # fmt: skip
CURE = re.compile(rf"\b(?:{'|'.join(CURES)})\b|there are:", re.IGNORECASE | re.MULTILINE)
RAW = ("Traceback", "Exception calling application", "urn:pulumi", "grpc", "has a problem:", "\tat ", "org.apache.", "stderr:")
LONGEST = 1_200


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text as a person reads it. `command` is what was run, `platform` where, `situation` what was wrong."""

    situation: str
    command: str
    platform: str
    text: str

    def faults(self) -> list[str]:
        """Return what the message lacks, empty when it is as it should be."""
        found = [f"it holds {raw!r}" for raw in RAW if raw in self.text]
        found += ["it names no place"] if not PLACE.search(self.text) else []
        found += ["it does not say what to do"] if not CURE.search(self.text) else []
        found += [f"it has {len(self.text)} characters"] if len(self.text) > LONGEST else []
        return found
