"""Why an image cannot be pulled, from the container runtime's message."""

import re

_TEXT_CHARACTERS = 300

_REASONS = (
    (
        re.compile(r"not found|manifest unknown|does not exist", re.IGNORECASE),
        "the registry does not have it",
        "check name and tag; the stack's own images are pushed by a stack that builds, with `up`; copy any other image to that registry",
    ),
    (
        re.compile(r"connection refused|no such host|i/o timeout|no route to host|connection reset|EOF", re.IGNORECASE),
        "the registry cannot be reached from the node",
        "start the registry, and check that the node reaches it under this name (for kind, `localhost:5001` has to be wired in)",
    ),
    (
        re.compile(r"unauthori[sz]ed|denied|forbidden|authentication required", re.IGNORECASE),
        "the registry refuses the node",
        "give the namespace's service account an image pull secret, or make the image public",
    ),
    (
        re.compile(r"HTTP response to HTTPS client|x509|certificate", re.IGNORECASE),
        "the node and the registry disagree about TLS",
        "tell the node's container runtime that this registry speaks plain HTTP, or give it the certificate",
    ),
)


def why_not_pulled(image: str, message: str) -> tuple[str, str]:
    """Return cause and next step for the runtime's message, which may be empty."""
    said = " ".join(message.split())
    for pattern, reason, next_step in _REASONS:
        if pattern.search(said):
            return f"image {image} cannot be pulled: {reason} ({_core(said)})", next_step
    return f"image {image} cannot be pulled" + (f": {_core(said)}" if said else ""), "check the image's name, and that the registry has it"


def _core(said: str) -> str:
    """Drop the runtime's own prefixes, which say only that something failed."""
    parts = re.split(r": (?=\S)", said)
    return ": ".join(parts[-2:])[-_TEXT_CHARACTERS:]
