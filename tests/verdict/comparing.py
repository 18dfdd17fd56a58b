"""An edit carried out beside a job that was always the new one: what comes out of both after the edit must be the same."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, TopicPartition

from flinksql.clock import SystemClock
from flinksql.flink.gateway import RefusedError
from flinksql.statements.stopping import JobStopper
from tests.support.kafka import ends, read
from tests.verdict.bench import HANG_SECONDS, Observed, Trial, refused, until
from tests.verdict.definitions import definitions
from tests.verdict.edit import Truth
from tests.verdict.records import AFTER, BEFORE, CLOSING, OTHERS
from tests.verdict.scenarios import Shape

_RESULT_SECONDS = 20.0
_SETTLED_SECONDS = 3.0
"""So long nothing more must come: results follow the records by the watermark's interval (200 ms) and the model's answers."""
_KEY_FIELDS = ("k", "n")


@dataclass(kw_only=True)
class ComparedTrial(Trial):
    """One edit under names of its own, and the reference under others."""

    reference: str = field(init=False)

    def __post_init__(self) -> None:
        self.reference = f"{self.prefix}-ref"
        self.prefixes = (self.prefix, self.reference)

    def carry_out(self) -> Observed:
        """Run the old job and the reference, edit the old one, and compare what both made since."""
        bench = self.bench
        old, new = definitions(self.edit, self.prefix, bench.bootstrap, bench.model.endpoint(self.prefix))
        _, always = definitions(self.edit, self.reference, bench.bootstrap, bench.model.endpoint(self.reference))
        waiting = self.edit.scenario.shape is Shape.WAITING
        if waiting:
            bench.model.hold(self.prefix)
        self._feed(BEFORE)
        first, beside = self._submit(old), self._submit(always)
        until(lambda: self._committed(self.prefix, len(BEFORE)) or self._failures(first))
        until(lambda: self._committed(self.reference, len(BEFORE)) or self._failures(beside))
        assert not self._failures(first), f"the old job fails: {self._failures(first)}"
        verdict = self._verdict(old, new)
        if waiting:
            until(lambda: bench.model.asked(self.prefix) > 0)
        stopper = JobStopper(jobmanager=bench.jobmanager, settings=bench.settings, clock=SystemClock())
        savepoint = stopper.stop_with_savepoint(first, uuid.uuid4().hex)
        stopper.wait_until_ended([first])
        since = {prefix: {} if waiting else self._ends(prefix) for prefix in self.prefixes}
        bench.model.let_go(self.prefix)
        self._feed([*AFTER, CLOSING])
        try:
            second = self._submit(new, savepoint)
        except RefusedError as error:
            return Observed(verdict=verdict, truth=Truth.REFUSED, detail=str(error))
        until(lambda: self._failures(second) or self._steady(second))
        truth, detail = self._told_by_failure(second)
        if truth is None:
            truth, detail = self._compared(second, since)
        return Observed(verdict=verdict, truth=truth, detail=detail)

    def _feed(self, numbers: Iterable[int]) -> None:
        """Send records to both jobs, on each of their topics."""
        every = list(numbers)
        for prefix in self.prefixes:
            for suffix in ("in", "more"):
                self._send(suffix, every, prefix)

    def _told_by_failure(self, job_id: str) -> tuple[Truth | None, str]:
        failure = self._failures(job_id)
        if not failure:
            return None, ""
        return (Truth.REFUSED if refused(failure) else Truth.LOOPS), failure

    def _compared(self, job_id: str, since: dict[str, dict[str, dict[int, int]]]) -> tuple[Truth, str]:
        """Wait until both have made the same, or nothing more comes for a while."""
        deadline = time.monotonic() + _RESULT_SECONDS
        changed, last = time.monotonic(), None
        while True:
            failing, failure = self._told_by_failure(job_id)
            if failing is not None:
                return failing, failure
            # Before the rows are counted: what is in by then has been seen.
            worked = self._worked_through()
            made, wanted = (self._made(prefix, since[prefix]) for prefix in self.prefixes)
            if (made, wanted) != last or not worked:
                changed, last = time.monotonic(), (made, wanted)
            # What is equal so far can differ once both have worked through the rest.
            if made == wanted and time.monotonic() - changed > _SETTLED_SECONDS:
                return Truth.GOES_ON, f"{made.total()} rows are the same"
            if time.monotonic() > deadline and (
                time.monotonic() - changed > _SETTLED_SECONDS or time.monotonic() > deadline + HANG_SECONDS
            ):
                truth = Truth.AS_THEY_WERE if self.edit.remarked and _only_old_rows(made - wanted) else Truth.WRONG
                return truth, f"made {_shown(made, wanted)}, wanted {_shown(wanted, made)}"
            time.sleep(0.3)

    def _worked_through(self) -> bool:
        """Whether both jobs have read all their records, and the model has answered all that they asked."""
        count = len([*BEFORE, *AFTER, CLOSING])
        answered = all(self.bench.model.idle(prefix) for prefix in self.prefixes)
        return answered and all(self._committed(prefix, count) for prefix in self.prefixes)

    def _ends(self, prefix: str) -> dict[str, dict[int, int]]:
        return {suffix: ends(self.bench.bootstrap, f"{prefix}-{suffix}") for suffix in ("out", "other")}

    def _made(self, prefix: str, since: dict[str, dict[int, int]]) -> Counter[str]:
        """Count the rows that came out; of a table of newest rows, the newest of each key."""
        found: Counter[str] = Counter()
        for suffix in ("out", "other"):
            values = [value for value in read(self.bench.bootstrap, f"{prefix}-{suffix}", since.get(suffix)) if value]
            rows = [row for row in map(json.loads, values) if OTHERS not in {row.get("k"), row.get("t")} and row.get("id") != CLOSING]
            keyed = suffix == "out" and any("upsert-kafka" in text and "-out'" in text for text in self.edit.scenario.objects.values())
            if keyed:
                by_key = {_key(row): row for row in rows}
                rows = list(by_key.values())
            found.update(f"{suffix} {json.dumps(row, sort_keys=True)}" for row in rows)
        return found

    def _committed(self, prefix: str, count: int) -> bool:
        """Whether a job has read so many records of each of its topics, and a checkpoint holds what it made of them."""
        suffixes = [suffix for suffix in ("in", "more") if self._reads(suffix)]
        consumer = Consumer({"bootstrap.servers": self.bench.bootstrap, "group.id": prefix, "enable.auto.commit": False})
        try:
            partitions = consumer.committed([TopicPartition(f"{prefix}-{suffix}", 0) for suffix in suffixes], timeout=30.0)
            return all(partition.offset >= count for partition in partitions)
        except KafkaException:
            # The first group of a new broker waits until its coordinator is there.
            return False
        finally:
            consumer.close()

    def _reads(self, suffix: str) -> bool:
        return any(f"-{suffix}'" in text for text in self.edit.scenario.objects.values())


def _key(row: dict[str, object]) -> tuple[object, ...]:
    """Return the key of a row: `ranked` has two columns, the others one."""
    return tuple(row.get(name) for name in (_KEY_FIELDS if "v" in row else _KEY_FIELDS[:1]))


def _only_old_rows(rows: Counter[str]) -> bool:
    """Whether rows that a job that was always the new one does not make are all of records from before the edit."""
    return all(json.loads(row.partition(" ")[2]).get("id") in BEFORE for row in rows)


def _shown(one: Counter[str], other: Counter[str]) -> str:
    return str(sorted((one - other).elements())[:4])
