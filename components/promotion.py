"""What a stage hands on to the next one, and what is refused: a bundle that does not run there, or is not well there; images by digest.

A contract between stacks, that may be of different commits: fields are added, never renamed; else its version counts up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

OUTPUT = "promotion"
"""Name of the stack output that holds the contract, where it has more than the pipeline's own outputs."""
CONTRACT_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHOWN_DIGITS = 12
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is handed on. The hash is the bundle's, the same in every environment.

    Digests are `sha256:...`, empty where nothing is built. Repositories say from where the images can be copied: the same version may be
    handed on from another one.
    """

    bundle: str
    bundle_hash: str
    flink_line: str
    flink_digest: str = ""
    model_gateway_digest: str = ""
    flink_repository: str = field(default="", compare=False)
    model_gateway_repository: str = field(default="", compare=False)

    def contract(self) -> dict[str, Any]:
        """Return it as a stack output."""
        known = {
            "flink": self.flink_digest,
            "modelGateway": self.model_gateway_digest,
            "flinkRepository": self.flink_repository,
            "modelGatewayRepository": self.model_gateway_repository,
        }
        images = {"images": {name: value for name, value in known.items() if value}} if self.flink_digest else {}
        return {
            "contractVersion": CONTRACT_VERSION,
            "bundle": self.bundle,
            "bundleHash": self.bundle_hash,
            "flinkLine": self.flink_line,
            **images,
        }

    @property
    def version(self) -> str:
        """The bundle's name with the beginning of its hash."""
        return f"{self.bundle} ({self.bundle_hash[:_SHOWN_DIGITS]})"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What this stack is about to run. `images`: it runs in images that the stage before has built."""

    bundle: str
    bundle_hash: str
    flink_line: str
    images: bool = True


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is known of the stage before. `contract` is None where it is not up.

    `differing` names statements and prompts that are not there as they are wanted here, `unhealthy` has the state of those that are not
    well there, by statement.
    """

    name: str
    contract: object = None
    differing: Sequence[str] = ()
    unhealthy: Mapping[str, str] = field(default_factory=dict)


class PromotionError(Exception):
    """The stage before has nothing that may be taken over. The text says why, and what to do.

    `offer` is what may be deployed all the same if somebody takes the responsibility; None where there is nothing that could be. `causes`
    are the kinds of what is wrong with the names in question: they stay the same while nothing changes.
    """

    def __init__(self, message: str, offer: Offer | None = None, causes: Sequence[str] = ()) -> None:
        self.offer = offer
        self.causes = tuple(causes)
        super().__init__(message)


def accept(stage: Stage, wanted: Wanted) -> Offer:
    """Return what a stage hands on when it fits. Raises PromotionError with everything that does not."""
    again = f"run `python -m console --stack {stage.name} up` with this program, then this stack again"
    own = Offer(bundle=wanted.bundle, bundle_hash=wanted.bundle_hash, flink_line=wanted.flink_line)
    if not isinstance(stage.contract, Mapping):
        message = f"stack {stage.name} is not up: it never was, its first `up` did not end well, or it is down."
        raise PromotionError(f"{message} There is nothing to promote. First {again}", None if wanted.images else own, ["not up"])
    if stage.contract.get("contractVersion") != CONTRACT_VERSION:
        given = str(stage.contract.get("contractVersion")).removesuffix(".0")
        raise PromotionError(
            f"stack {stage.name} hands on version {given} of the contract, this program reads {CONTRACT_VERSION}. First {again}"
        )
    offer = read_offer(stage.contract)
    if wanted.images and not offer.flink_digest:
        raise PromotionError(f"stack {stage.name} names no digests of its images. First {again}")
    if wanted.images and offer.flink_line != wanted.flink_line:
        raise PromotionError(
            f"stack {stage.name} runs Flink {offer.flink_line}, this stack is to run {wanted.flink_line}: its image does not fit. "
            f"Set `flink.line` alike in both, and {again}"
        )
    problems = dict(_problems(stage, offer, own, again))
    if problems:
        images = replace(offer, bundle=own.bundle, bundle_hash=own.bundle_hash, flink_line=own.flink_line)
        raise PromotionError("\n".join(problems.values()), images if wanted.images else own, list(problems))
    return offer if wanted.images else own


def read_offer(contract: Mapping[str, Any]) -> Offer:
    """Read a contract. Digests that are none count as missing."""
    images = contract.get("images")
    images = images if isinstance(images, Mapping) else {}
    flink, model_gateway = str(images.get("flink", "")), str(images.get("modelGateway", ""))
    known = bool(_DIGEST.fullmatch(flink) and _DIGEST.fullmatch(model_gateway))
    return Offer(
        bundle=str(contract.get("bundle", "")),
        bundle_hash=str(contract.get("bundleHash", "")),
        flink_line=str(contract.get("flinkLine", "")),
        flink_digest=flink if known else "",
        model_gateway_digest=model_gateway if known else "",
        flink_repository=str(images.get("flinkRepository", "")),
        model_gateway_repository=str(images.get("modelGatewayRepository", "")),
    )


def matches(offer: Offer, wanted: Wanted) -> bool:
    """Tell whether an offer is of what is wanted, and has what that needs."""
    return (offer.bundle, offer.bundle_hash, offer.flink_line) == (wanted.bundle, wanted.bundle_hash, wanted.flink_line) and (
        bool(offer.flink_digest) or not wanted.images
    )


def _problems(stage: Stage, offer: Offer, own: Offer, again: str) -> Iterator[tuple[str, str]]:
    """Yield the cause and the message of each thing for which somebody may take the responsibility. `own` is what this stack would run."""
    if offer.flink_line != own.flink_line:
        message = f"stack {stage.name} runs Flink {offer.flink_line}, this stack is to run {own.flink_line}."
        yield f"Flink {offer.flink_line}", f"{message} Set `flink.line` alike in both, and {again}"
    named = listed(stage.differing)
    if (offer.bundle, offer.bundle_hash) != (own.bundle, own.bundle_hash):
        what = f" Different: {named}." if named else ""
        message = f"bundle {own.version} was not run on stack {stage.name}, which runs {offer.version}.{what}"
        advice = f"Nothing is deployed here that was not run there. First {again}; or check out what runs there"
        yield f"runs {offer.bundle} {offer.bundle_hash}", f"{message} {advice}"
    elif named:
        message = f"the last `up` of stack {stage.name} did not end well: {named} did not come to run there as here."
        yield f"does not run {', '.join(stage.differing)}", f"{message} First {again}"
    if stage.unhealthy:
        states = listed([f"{name} is {state}" for name, state in stage.unhealthy.items()])
        message = f"stack {stage.name} is not well: {states}. `python -m console --stack {stage.name} status` says more."
        yield f"unhealthy {', '.join(sorted(stage.unhealthy))}", f"{message} First {again}"


def listed(names: Sequence[str]) -> str:
    """Name a few, and count the others."""
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
