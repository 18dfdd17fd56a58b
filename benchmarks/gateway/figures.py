"""The model gateway's measurements as figures beside those of the other benchmarks."""

from collections.abc import Sequence

from benchmarks.comparison import Comparison, Measurement
from benchmarks.gateway.lanes import CONCURRENCY, Extent, Rate, beside_a_hanging_job, rates
from benchmarks.gateway.latency import GOAL, GOAL_PACE, SECONDS, added_latency
from benchmarks.gateway.ledger import ANSWERS, large_ledger
from benchmarks.gateway.stack import stage_two
from benchmarks.gateway.upstream import upstream
from benchmarks.scale import Scale

_LINE = "2.2"
_WHOLE = Extent(lanes=(1, 4, 8), milliseconds=(50, 200))
"""The whole table is that of `python -m benchmarks.gateway lanes`."""
_SMALL = Extent(lanes=(1,), milliseconds=(50,), seconds=1.0)
_THOUSAND = 1_000


def lanes(scale: Scale) -> Sequence[Comparison]:
    """Measure stage two on real Flink, one after the other number of lanes and time of an answer."""
    extent = scale.of(_WHOLE, _SMALL)
    with upstream() as server, stage_two(_LINE, server.base, CONCURRENCY, scale) as stage:
        found = [*rates(stage, server, extent), *([] if scale.small else [beside_a_hanging_job(stage, server, extent)])]
    return [_rows(rate) for rate in found]


def latency(scale: Scale) -> Sequence[Comparison]:
    """Measure what the gateway adds to a call at a steady pace."""
    return [
        Comparison(
            name=f"added latency at {added.pace} requests/s, slowest hundredth",
            ours=Measurement(label="with the gateway less without it", unit="ms", values=(added.slowest,)),
            goal=GOAL if added.pace == GOAL_PACE else None,
            notes=(str(added),),
        )
        for added in added_latency(scale.of(SECONDS, 1))
    ]


def ledger(scale: Scale) -> Sequence[Comparison]:
    """Measure the ledger while it is filled, and what it answers."""
    filled, hits = large_ledger(scale.of(ANSWERS, 500))
    return [
        Comparison(name=name, ours=Measurement(label="answers", unit="answers/s", values=(one.rate,)), notes=(str(one),))
        for name, one in (("ledger, new answers", filled), ("ledger, known answers", hits))
    ]


def _rows(rate: Rate) -> Comparison:
    beside = ", beside a job that hangs" if rate.beside_a_hanging_job else ""
    return Comparison(
        name=f"a thousand rows through {rate.lanes} lanes, answers after {rate.milliseconds} ms{beside}",
        ours=Measurement(label="stage two", unit="s", values=(_THOUSAND / rate.rows_per_second,)),
        theirs=Measurement(label="calls in flight allow", unit="s", values=(_THOUSAND / rate.ideal,)),
        goal=1 / rate.goal,
        notes=(f"{rate.rows} rows, {rate.rejected} rejected, {rate.calls} calls, gateway on {rate.gateway_cores:.2f} cores",),
    )
