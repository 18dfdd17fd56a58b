"""The promotions of a stack, as its identity remembers them: from which stage, which version, when, by whom, and over which objections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.approval_store import Approval
from components.promotion import Offer, read_offer
from components.statement_history import now, who

PROMOTED = "promoted"
"""The input of the identity that holds the promotion in force."""
PROMOTIONS = "promotions"
"""Its output with this one and those before it."""
MOST = 20
_AT, _BY = "at", "by"


@dataclass(frozen=True, kw_only=True)
class Override:
    """Who took the responsibility for what the stage before does not run well, and why. `problem` is what was wrong there."""

    hash: str
    by: str
    at: str
    reason: str
    problem: str

    def plain(self) -> dict[str, str]:
        """Return it as plain values, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What a stack runs, and on whose word. `goes_back`: it ran here before, and the stage before runs something else by now."""

    source: str
    offer: Offer
    override: Override | None = None
    goes_back: bool = False
    at: str = ""
    by: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as an input of the identity: without the moment, which only a change has."""
        override = {"override": self.override.plain()} if self.override else {}
        return {"stack": self.source, **self.offer.contract(), **override, **({"goesBack": True} if self.goes_back else {})}

    def plain(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {_AT: self.at, _BY: self.by, **self.record()}

    def __str__(self) -> str:
        told = f"{'back to what was ' if self.goes_back else ''}promoted from {self.source} at {self.offer.version}"
        if not self.override:
            return told
        reason = f": {self.override.reason}" if self.override.reason else ""
        return f"{told}, overridden as {self.override.hash} by {self.override.by}{reason}"


def overridden(approval: Approval, problem: str) -> Override:
    """Return an override from who approved it."""
    return Override(hash=approval.hash, by=approval.by, at=approval.at, reason=approval.reason, problem=problem)


def promotions_of(identity: Mapping[str, Any]) -> list[Promotion]:
    """Return the promotions that a stack's identity has, oldest first. What is none is left out."""
    return [found for one in identity.get(PROMOTIONS) or () if (found := _promotion(one)) is not None]


def with_promotion(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the history of an identity whose promotion in force is that of `news`: one more where it is another one."""
    before = [dict(one) for one in olds.get(PROMOTIONS) or ()]
    record = dict(news.get(PROMOTED) or {})
    if not record or (before and dict(olds.get(PROMOTED) or {}) == record):
        return before
    return [*before, {_AT: now(), _BY: who(), **record}][-MOST:]


def last_of(promotions: Sequence[Promotion]) -> Promotion | None:
    """Return the promotion in force."""
    return promotions[-1] if promotions else None


def _promotion(plain: object) -> Promotion | None:
    if not isinstance(plain, Mapping) or not plain.get("stack"):
        return None
    given = plain.get("override")
    override = (
        Override(**{name: str(given.get(name, "")) for name in ("hash", "by", "at", "reason", "problem")})
        if isinstance(given, Mapping)
        else None
    )
    return Promotion(
        source=str(plain["stack"]),
        offer=read_offer(plain),
        override=override,
        goes_back=plain.get("goesBack") is True,
        at=str(plain.get(_AT, "")),
        by=str(plain.get(_BY, "")),
    )
