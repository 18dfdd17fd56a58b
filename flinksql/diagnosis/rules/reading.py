"""Why a source gives no rows: its topic, where it begins to read, what its group committed, what its format leaves out."""

from collections.abc import Mapping

from flinksql.diagnosis.evidence import KAFKA_CONNECTORS, PATTERN, Evidence, Findings, topics_in_words
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import Operator
from flinksql.diagnosis.snapshot import Topic
from flinksql.sql.deferred_errors import GROUP, GROUP_OFFSETS, KAFKA, STARTUP

_ISOLATION = "properties.isolation.level"
_EARLIEST, _LATEST = "earliest-offset", "latest-offset"
_SETTLING_SECONDS = 30.0
"""A source that does not read after so long is not just beginning to, and figures of that age have arrived."""
_LOG = "see `python -m console logs taskmanager` for what its Kafka client says"


def source_findings(evidence: Evidence, source: Operator) -> Findings:
    """Return why a source gives no rows."""
    figures = evidence.counters(source)
    if figures.records_in:
        return [skipped(evidence, source)]
    options = evidence.options(source.table)
    place = evidence.sql.table_place(source.table)
    if options.get("connector") not in KAFKA_CONNECTORS:
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
        return _missing(evidence, source, topics, missing, options, place)
    named = topics_in_words(tuple(topics))
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
    return _unread(evidence, source, topics, options)


def _missing(
    evidence: Evidence, source: Operator, topics: Mapping[str, Topic], missing: list[str], options: Mapping[str, str], place: str
) -> Finding:
    if not missing:
        what = f"No topic has a name of the pattern '{options.get(PATTERN, '')}': {source.table} reads nothing."
    else:
        what = f"The broker has no {topics_in_words(missing)}: {source.table} reads nothing from there."
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


def _unread(evidence: Evidence, source: Operator, topics: Mapping[str, Topic], options: Mapping[str, str]) -> Finding:
    """Return why nothing was read of a topic that has records."""
    snapshot = evidence.snapshot
    mode = options.get(STARTUP, _EARLIEST if options.get("connector") != KAFKA else GROUP_OFFSETS)
    newest = max(one.last_written for one in topics.values())
    hidden = sum(partition.end - partition.stable for one in topics.values() for partition in one.partitions.values())
    records = sum(one.records for one in topics.values())
    named = topics_in_words(tuple(topics))
    written = _newest_record(evidence, newest)
    if hidden and options.get(_ISOLATION) == "read_committed":
        return Finding(
            kind=Kind.HIDDEN_INPUT,
            verdict=Verdict.INPUT,
            what=f"{count(hidden, 'record')} of {named} lie in a transaction that is not committed, and {source.table} reads committed ones only.",
            place=evidence.sql.option_place(source.table, _ISOLATION),
            figures=tuple(_stable(name, one) for name, one in topics.items()),
            advice="they become visible when their writer commits, for Flink at the next checkpoint of the job that writes them",
        )
    path = snapshot.checkpoints.latest.restored.external_path if snapshot.checkpoints.latest.restored else ""
    # A job that Flink restarted restores its own checkpoint: it began as its table says.
    restored = bool(path) and (snapshot.job is None or f"/{snapshot.job.job_id}/" not in (path or ""))
    if evidence.counters(source).waiting or newest > snapshot.since + 1000 or (mode == _EARLIEST and not restored):
        return _not_reading(evidence, source, named, records, written)
    begun = f"since the job began to run at {evidence.at(snapshot.since)}"
    if restored:
        return Finding(
            kind=Kind.NO_NEW_RECORDS,
            verdict=Verdict.INPUT,
            what=f"Nothing was written to {named} {begun}: {source.table} continues where the restored state had stopped.",
            place=evidence.sql.table_place(source.table),
            figures=(written,),
        )
    if mode == GROUP_OFFSETS:
        return _committed(evidence, source, topics, options, begun, written)
    if mode != _LATEST:
        what = f"{source.table} begins by its '{STARTUP}' = '{mode}', and nothing was written to {named} {begun}."
        place = evidence.sql.option_place(source.table, STARTUP)
        return Finding(kind=Kind.NO_NEW_RECORDS, verdict=Verdict.INPUT, what=what, place=place, figures=(written,))
    return Finding(
        kind=Kind.STARTS_AT_END,
        verdict=Verdict.INPUT,
        what=f"{source.table} reads {named} from its end, and nothing was written to it {begun}.",
        place=evidence.sql.option_place(source.table, STARTUP),
        figures=(f"{count(records, 'record')} of before {'is' if records == 1 else 'are'} not read", written),
        advice=f"if they are to be read: '{STARTUP}' = '{_EARLIEST}', and let the job start without its state",
    )


def _not_reading(evidence: Evidence, source: Operator, named: str, records: int, written: str) -> Finding:
    begun = evidence.snapshot.uptime_seconds
    if begun < _SETTLING_SECONDS:
        return Finding(
            kind=Kind.STARTING,
            verdict=Verdict.WAIT,
            what=f"The job has run for {span(begun)}, and {source.table} gave no row yet of {count(records, 'record')} of {named}.",
            place=evidence.sql.table_place(source.table),
            figures=(written,),
        )
    waiting = evidence.counters(source).waiting
    return Finding(
        kind=Kind.NOT_READING,
        verdict=Verdict.PROBLEM if waiting else Verdict.UNKNOWN,
        what=f"{source.table} has read nothing of {count(records, 'record')} of {named} for {span(begun)}.",
        place=evidence.sql.table_place(source.table),
        figures=(written, *([f"{count(waiting, 'record')} wait to be read"] if waiting else [])),
        advice=f"{_LOG}, and what else holds the job up",
    )


def _committed(
    evidence: Evidence, source: Operator, topics: Mapping[str, Topic], options: Mapping[str, str], begun: str, written: str
) -> Finding:
    group = options.get(GROUP, "")
    offsets = evidence.snapshot.groups.get(group, {})
    ends = {f"{name}-{number}": one.end for name, topic in topics.items() for number, one in topic.partitions.items()}
    behind = {key: end - offsets[key] for key, end in ends.items() if key in offsets and offsets[key] < end}
    named = topics_in_words(tuple(topics))
    if behind or not offsets:
        return _not_reading(evidence, source, named, sum(behind.values()) or sum(ends.values()), written)
    records = sum(one.records for one in topics.values())
    return Finding(
        kind=Kind.GROUP_COMMITTED,
        verdict=Verdict.INPUT,
        what=f"Group {group} had committed all of {named} before, so {source.table} reads none of it again. Nothing was written {begun}.",
        place=evidence.sql.option_place(source.table, GROUP, STARTUP),
        figures=(*(f"{key}: committed {offsets[key]:,} of {end:,}" for key, end in ends.items() if key in offsets), written),
        advice=(
            f"if the {count(records, 'record')} are to be read: another '{GROUP}', or '{STARTUP}' = '{_EARLIEST}', and let the job start without "
            "its state"
        ),
    )


def _stable(name: str, topic: Topic) -> str:
    hidden = {number: one for number, one in topic.partitions.items() if one.end > one.stable}
    return "; ".join(f"{name}-{number}: committed up to {one.stable:,} of {one.end:,}" for number, one in hidden.items())


def _newest_record(evidence: Evidence, newest: int) -> str:
    return f"the newest record is of {evidence.at(newest)}" if newest else "no record has a timestamp"


def end_reached(evidence: Evidence, source: Operator) -> str:
    """Return since when nothing was written to the topics of a source that has read them to their ends; empty where that is not known."""
    topics = evidence.topics(source.table)
    if not topics or evidence.counters(source).waiting != 0:
        return ""
    newest = max(one.last_written for one in topics.values())
    return f"nothing was written to {topics_in_words(tuple(topics))} since {evidence.at(newest)}" if newest else ""
