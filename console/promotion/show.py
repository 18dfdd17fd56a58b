"""A promotion's difference as lines for people; state verdicts are those of the preview."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from components.promotion_history import Promotion
from console.comment.plan import Change, Plan
from console.promotion.difference import Changed, Difference
from console.show.formatting import count

_PORTS = "ports."


def print_difference(out: Console, found: Difference, plan: Plan) -> None:
    """Write the difference."""
    for line in lines(found, plan):
        out.print(line, highlight=False, soft_wrap=True, markup=False)


def lines(found: Difference, plan: Plan) -> Iterator[str]:
    """Yield the difference: versions, SQL, what becomes of each job's state, values, images, gates, cost."""
    yield f"Promotion from {found.source} to {found.target}: {found.version}"
    yield f"  {found.source} runs {found.runs or 'nothing: it is not up'}"
    yield f"  {found.target} {_described_promotion(found.before) if found.before else 'was promoted from no stage yet'}"
    for one in found.files:
        yield f"{one.path} (+{one.added} -{one.removed})"
        yield from (f"  {line}" for line in one.text.splitlines())
    statements = [one for one in plan.changes if one.is_statement]
    if statements:
        yield f"Statements of {found.target}:"
        yield from (f"  {_described(one)}" for one in statements)
    yield from _group(f"Values that SQL gets in {found.target}", found.parameters)
    # Two stacks on one machine differ in each of their ports, which tells nobody anything.
    settings = [one for one in found.settings if not one.name.startswith(_PORTS)]
    yield from _group(f"Settings of {found.source} -> of {found.target}", settings)
    if ports := len(found.settings) - len(settings):
        yield f"  {count(ports, 'port')} differ" if ports > 1 else "  1 port differs"
    yield from _group("Images", found.images)
    yield from _group(f"Chart and definitions: in {found.target} -> in {found.source}", found.versions)
    yield from (f"{one}" for one in found.gates)
    yield from (f"Cost: {one}" for one in plan.forecasts)


def _described_promotion(promotion: Promotion) -> str:
    what = "is back at" if promotion.goes_back else "runs"
    return f"{what} {promotion.offer.version}, promoted from {promotion.source}; since {promotion.at[:19]} UTC"


def _described(change: Change) -> str:
    return f"{change.name}: to {change.operation}{f', {change.verdict}' if change.verdict else ''}"


def _group(title: str, changes: Sequence[Changed]) -> Iterator[str]:
    if changes:
        yield f"{title}:"
        yield from (f"  {one.name}: {one.before or '(nothing)'} -> {one.after or '(nothing)'}" for one in changes)
