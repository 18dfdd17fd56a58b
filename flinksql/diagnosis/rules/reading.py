"""Why a source gives no rows: its topic, where it begins to read, what its group committed, what its format leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flinksql.diagnosis.evidence import PATTERN, Evidence, Findings, topic_list
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import Operator
from flinksql.diagnosis.snapshot import Topic
from flinksql.sql.connectors import KAFKA, is_on_kafka
from flinksql.sql.deferred_errors import GROUP, GROUP_OFFSETS, STARTUP

_ISOLATION = "properties.isolation.level"
_EARLIEST, _LATEST = "earliest-offset", "latest-offset"
_SETTLING_SECONDS = 30.0
"""A source that does not read after so long is not just beginning to, and figures of that age have arrived."""
_WITHOUT_STATE = "let the job start without its state"


def source_findings(evidence: Evidence, source: Operator) -> Findings:
    """Return why a source gives no rows."""
    figures = evidence.counters(source)
    if figures.records_in:
        return [skipped(evidence, source)]
    options = evidence.options(source.table)
    place = evidence.sql.table_place(source.table)
    if not is_on_kafka(options):
        connector = options.get("connector", "unknown")
        what = f"{source.table} gave no rows. What its connector ({connector}) could read is not known here."
        return [Finding(kind=Kind.NO_NEW_RECORDS, verdict=Verdict.UNKNOWN, what=what, place=place)]
    topics = evidence.topics(source.table)
    if topics is None:
        what = f"{source.table} gave no rows, and its broker was not asked or did not answer for its topic."
        return [Finding(kind=Kind.NO_NEW_RECORDS, verdict=Verdict.UNKNOWN, what=what, place=place)]
    return [_by_topics(evidence, source, topics, options)]


def skipped(evidence: Evidence, source: Operator) -> Finding:
    """Return that a source's format left records out."""
    figures = evidence.counters(source)
    read, given = figures.records_in or 0, figures.records_out or 0
    options = evidence.options(source.table)
    ignoring = next((key for key, value in options.items() if key.endswith("ignore-parse-errors") and value == "true"), "")
    form = options.get("value.format") or options.get("format", "")
    none = f"none of its {count(read, 'record')}" if not given else f"{read - given:,} of its {count(read, 'record')}"
    left = f"gave a row for {none}" if not given else f"left out {none}"
    why = f"'{ignoring}' = 'true' drops what it cannot parse" if ignoring else "records without a value give no row"
    return Finding(
        kind=Kind.SKIPPED_RECORDS,
        verdict=Verdict.PROBLEM if ignoring else Verdict.INPUT,
        what=f"The format of {source.table} ({form}) {left}: {why}.",
        place=evidence.sql.option_place(source.table, *([ignoring] if ignoring else ["format", "value.format"])),
        figures=(f"{source.table}: {read:,} records read, {given:,} rows given",),
        advice=(
            f"compare a record with the table's columns and format; without '{ignoring}' the first such record ends the job and is named, "
            "with 'format' = 'raw' SQL can judge and keep it"
            if ignoring
            else "look at the records of the topic: only those with a value become rows"
        ),
    )


def _by_topics(evidence: Evidence, source: Operator, topics: Mapping[str, Topic], options: Mapping[str, str]) -> Finding:
    place = evidence.sql.option_place(source.table, "topic", PATTERN)
    missing = [name for name, topic in topics.items() if not topic.partitions]
    if missing or not topics:
        return _missing(source, topics, missing, options.get(PATTERN, ""), place)
    named = topic_list(tuple(topics))
    written, records = (sum(getattr(one, what) for one in topics.values()) for what in ("written", "records"))
    if not written:
        return _empty(source, topics, named, place)
    if not records:
        return Finding(
            kind=Kind.EXPIRED_RECORDS,
            verdict=Verdict.INPUT,
            what=f"All {count(written, 'record')} of {named} are deleted: {source.table} has nothing to read.",
            place=place,
            figures=tuple(f"{name}: begins and ends at offset {one.written:,}" for name, one in topics.items()),
            advice="write new records, or raise the topic's retention (`retention.ms`) for the next ones",
        )
    return _Unread(evidence=evidence, source=source, topics=topics).finding()


def _missing(source: Operator, topics: Mapping[str, Topic], missing: list[str], pattern: str, place: str) -> Finding:
    if not missing:
        what = f"No topic has a name of the pattern '{pattern}': {source.table} reads nothing."
    else:
        what = f"The broker has no {topic_list(missing)}: {source.table} reads nothing from there."
    similar = _similar({name: topics[name] for name in missing})
    return Finding(
        kind=Kind.MISSING_TOPIC,
        verdict=Verdict.PROBLEM,
        what=what,
        place=place,
        figures=similar,
        advice="correct the name, or create the topic" + (": one that resembles it has records" if similar else ""),
    )


def _empty(source: Operator, topics: Mapping[str, Topic], named: str, place: str) -> Finding:
    similar = _similar(topics)
    partitions = sum(len(one.partitions) for one in topics.values())
    return Finding(
        kind=Kind.EMPTY_TOPIC,
        verdict=Verdict.INPUT,
        what=f"Nothing was ever written to {named}: {source.table} has nothing to read.",
        place=place,
        figures=(f"0 records in {count(partitions, 'partition')}", *similar),
        advice="is another topic meant? Correct the table's 'topic'" if similar else "write records to it",
    )


def _similar(topics: Mapping[str, Topic]) -> tuple[str, ...]:
    return tuple(f"{other} has {count(records, 'record')}" for one in topics.values() for other, records in one.similar.items() if records)


@dataclass(frozen=True, kw_only=True)
class _Unread:
    """A source that has read nothing of topics that hold records."""

    evidence: Evidence
    source: Operator
    topics: Mapping[str, Topic]

    @cached_property
    def options(self) -> Mapping[str, str]:
        return self.evidence.options(self.source.table)

    @property
    def mode(self) -> str:
        return self.options.get(STARTUP, GROUP_OFFSETS if self.options.get("connector") == KAFKA else _EARLIEST)

    @property
    def named(self) -> str:
        return topic_list(tuple(self.topics))

    @property
    def records(self) -> str:
        return count(sum(one.records for one in self.topics.values()), "record")

    @property
    def newest(self) -> int:
        return max(one.last_written for one in self.topics.values())

    @property
    def written(self) -> str:
        return f"the newest record is of {self.evidence.at(self.newest)}" if self.newest else "no record has a timestamp"

    @property
    def begun(self) -> str:
        return f"since the job began to run at {self.evidence.at(self.evidence.snapshot.since)}"

    def finding(self) -> Finding:
        """Return why nothing was read."""
        hidden = sum(partition.end - partition.stable for one in self.topics.values() for partition in one.partitions.values())
        if hidden and self.options.get(_ISOLATION) == "read_committed":
            return self._hidden(hidden)
        restored = self._is_restored()
        unread = self.newest > self.evidence.snapshot.since + 1000 or (self.mode == _EARLIEST and not restored)
        if self.evidence.counters(self.source).waiting or unread:
            return self._not_reading()
        if restored:
            return self._idle(
                f"Nothing was written to {self.named} {self.begun}: {self.source.table} continues where the restored state stopped."
            )
        if self.mode == GROUP_OFFSETS:
            return self._committed()
        if self.mode == _LATEST:
            return self._from_end()
        begins = f"{self.source.table} begins by its '{STARTUP}' = '{self.mode}'"
        return self._idle(f"{begins}, and nothing was written to {self.named} {self.begun}.", STARTUP)

    def _is_restored(self) -> bool:
        # Its own checkpoint counts as much as a savepoint of another job: what was read before it is not counted since.
        restored = self.evidence.snapshot.checkpoints.latest.restored
        return restored is not None and bool(restored.external_path)

    def _place(self, *keys: str) -> str:
        return self.evidence.sql.option_place(self.source.table, *keys)

    def _idle(self, what: str, *keys: str) -> Finding:
        return Finding(kind=Kind.NO_NEW_RECORDS, verdict=Verdict.INPUT, what=what, place=self._place(*keys), figures=(self.written,))

    def _hidden(self, hidden: int) -> Finding:
        return Finding(
            kind=Kind.HIDDEN_INPUT,
            verdict=Verdict.INPUT,
            what=f"{count(hidden, 'record')} of {self.named} are not committed, and {self.source.table} reads committed records only.",
            place=self._place(_ISOLATION),
            figures=tuple(
                f"{name}-{number}: written up to {one.end:,}, committed up to {one.stable:,}"
                for name, topic in self.topics.items()
                for number, one in topic.partitions.items()
                if one.end > one.stable
            ),
            advice="they become visible when their writer commits, for Flink at the next checkpoint of the job that writes them",
        )

    def _not_reading(self) -> Finding:
        uptime = self.evidence.snapshot.uptime_seconds
        if uptime < _SETTLING_SECONDS:
            return Finding(
                kind=Kind.STARTING,
                verdict=Verdict.WAIT,
                what=f"The job has run for {span(uptime)}, and {self.source.table} gave no row yet of {self.records} of {self.named}.",
                place=self._place(),
                figures=(self.written,),
            )
        waiting = self.evidence.counters(self.source).waiting
        return Finding(
            kind=Kind.NOT_READING,
            verdict=Verdict.PROBLEM if waiting else Verdict.UNKNOWN,
            what=f"{self.source.table} has read nothing of {self.records} of {self.named} for {span(uptime)}.",
            place=self._place(),
            figures=(self.written, *([f"{count(waiting, 'record')} wait to be read"] if waiting else [])),
            advice="see what the TaskManager's log says of its Kafka client, and what else holds the job up",
        )

    def _committed(self) -> Finding:
        group = self.options.get(GROUP, "")
        offsets = self.evidence.snapshot.groups.get(group, {})
        ends = {f"{name}-{number}": one.end for name, topic in self.topics.items() for number, one in topic.partitions.items()}
        if not offsets or any(key in offsets and offsets[key] < end for key, end in ends.items()):
            return self._not_reading()
        return Finding(
            kind=Kind.GROUP_COMMITTED,
            verdict=Verdict.INPUT,
            what=f"Group {group} had committed all of {self.named} before, so {self.source.table} does not read it again. "
            f"Nothing was written {self.begun}.",
            place=self._place(GROUP, STARTUP),
            figures=(*(f"{key}: committed {offsets[key]:,} of {end:,}" for key, end in ends.items() if key in offsets), self.written),
            advice=f"if its {self.records} are to be read: another '{GROUP}', or '{STARTUP}' = '{_EARLIEST}', and {_WITHOUT_STATE}",
        )

    def _from_end(self) -> Finding:
        return Finding(
            kind=Kind.STARTS_AT_END,
            verdict=Verdict.INPUT,
            what=f"{self.source.table} reads {self.named} from its end, and nothing was written to it {self.begun}.",
            place=self._place(STARTUP),
            figures=(f"not read: {self.records} of before", self.written),
            advice=f"if they are to be read: '{STARTUP}' = '{_EARLIEST}', and {_WITHOUT_STATE}",
        )


def end_reached(evidence: Evidence, source: Operator) -> str:
    """Return since when nothing was written to the topics of a source that has read them to their ends; empty where that is not known."""
    topics = evidence.topics(source.table)
    if not topics or evidence.counters(source).waiting != 0:
        return ""
    newest = max(one.last_written for one in topics.values())
    return f"nothing was written to {topic_list(tuple(topics))} since {evidence.at(newest)}" if newest else ""
