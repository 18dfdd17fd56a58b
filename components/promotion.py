"""What a stage hands on to the next one, and what is refused: images by digest, and a bundle that was run there.

A contract between stacks, that may be of different commits: fields are added, never renamed; else its version counts up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTPUT = "promotion"
"""Name of the stack output that holds the contract."""
CONTRACT_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHOWN_DIGITS = 12


class PromotionError(Exception):
    """The stage before has nothing that may be taken over. The text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is handed on. Digests are `sha256:...`; the hash is the bundle's, the same in every environment."""

    bundle: str
    bundle_hash: str
    flink_line: str
    flink_digest: str
    model_gateway_digest: str

    def contract(self) -> dict[str, Any]:
        """Return it as a stack output."""
        return {
            "contractVersion": CONTRACT_VERSION,
            "bundle": self.bundle,
            "bundleHash": self.bundle_hash,
            "flinkLine": self.flink_line,
            "images": {"flink": self.flink_digest, "modelGateway": self.model_gateway_digest},
        }


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What this stack is about to run."""

    bundle: str
    bundle_hash: str
    flink_line: str


def accept(contract: object, wanted: Wanted, *, source: str) -> Offer:
    """Read the contract of stack `source` and return it when it fits. Raises PromotionError."""
    again = f"run `python -m console --stack {source} up` with this program, then this stack again"
    if not isinstance(contract, Mapping):
        raise PromotionError(f"stack {source} hands nothing on: it is not up, or it is no Kubernetes stack. First {again}")
    if contract.get("contractVersion") != CONTRACT_VERSION:
        given = str(contract.get("contractVersion")).removesuffix(".0")
        raise PromotionError(
            f"stack {source} hands on version {given} of the contract, this program reads {CONTRACT_VERSION}. First {again}"
        )
    offer = _offer(contract, source, again)
    if offer.flink_line != wanted.flink_line:
        raise PromotionError(
            f"stack {source} runs Flink {offer.flink_line}, this stack is to run {wanted.flink_line}: its image does not fit. "
            f"Set `flink.line` alike in both, and {again}"
        )
    if (offer.bundle, offer.bundle_hash) != (wanted.bundle, wanted.bundle_hash):
        run = f"{offer.bundle} ({offer.bundle_hash[:_SHOWN_DIGITS]})"
        raise PromotionError(
            f"bundle {wanted.bundle} ({wanted.bundle_hash[:_SHOWN_DIGITS]}) was not run on stack {source}, which runs {run}: "
            f"nothing is deployed here that was not run there. First {again}"
        )
    return offer


def _offer(contract: Mapping[str, Any], source: str, again: str) -> Offer:
    images = contract.get("images")
    images = images if isinstance(images, Mapping) else {}
    flink, model_gateway = str(images.get("flink", "")), str(images.get("modelGateway", ""))
    if not _DIGEST.fullmatch(flink) or not _DIGEST.fullmatch(model_gateway):
        raise PromotionError(f"stack {source} names no digests of its images. First {again}")
    return Offer(
        bundle=str(contract.get("bundle", "")),
        bundle_hash=str(contract.get("bundleHash", "")),
        flink_line=str(contract.get("flinkLine", "")),
        flink_digest=flink,
        model_gateway_digest=model_gateway,
    )
