"""The operators of a job, from the plan as the JobManager draws it."""

from flinksql.diagnosis.counters import counters_of, is_wanted
from flinksql.diagnosis.job_graph import read_graph
from flinksql.flink.jobmanager.wire import JobDetails, MetricRange

SCAN = "[1]:TableSourceScan(table=[[default_catalog, default_database, orders, watermark=[x]]], fields=[id])"
BRANCHES = (
    f"{SCAN}<br/>"
    "+- [2]:Calc(select=[id], where=[(a[1] &gt; 3)])<br/>"
    "   :- [3]:Calc(select=[id], where=[(note = &#39;a&lt;br/&gt;b&#39;)])<br/>"
    "   :  +- [4]:StreamRecordTimestampInserter(rowtime field: 4)<br/>"
    "   :     +- rejected[4]: Writer<br/>"
    "   :        +- rejected[4]: Committer<br/>"
    "   +- [5]:LocalWindowAggregate(window=[TUMBLE(time_col=[ts], size=[10 s])])<br/>"
)
REST = (
    "[7]:GlobalWindowAggregate(groupBy=[id])<br/>+- [8]:Calc(select=[id])<br/>   +- totals[9]: Writer<br/>"
    "      +- totals[9]: Committer<br/>"
)
JOB = JobDetails.model_validate(
    {
        "jid": "ab" * 16,
        "name": "job",
        "state": "RUNNING",
        "plan": {"nodes": [{"id": "b", "description": REST, "inputs": [{"id": "a"}]}, {"id": "a", "description": BRANCHES}]},
    }
)


def test_branches_of_a_vertex_and_edges_between_vertices_are_read() -> None:
    graph = read_graph(JOB)
    named = {one.name: [other.name for other in graph.inputs(one)] for one in graph.operators}
    assert named["Source: orders[1]"] == []
    assert named["Calc[2]"] == ["Source: orders[1]"]
    assert named["Calc[3]"] == named["LocalWindowAggregate[5]"] == ["Calc[2]"]
    assert named["rejected[4]: Writer"] == ["StreamRecordTimestampInserter[4]"]
    assert named["GlobalWindowAggregate[7]"] == ["LocalWindowAggregate[5]"]
    assert [one.name for one in graph.sinks] == ["totals[9]: Writer", "rejected[4]: Writer"]


def test_attributes_keep_their_brackets_and_text_its_characters() -> None:
    by_name = {one.name: one for one in read_graph(JOB).operators}
    assert by_name["Calc[2]"].attribute("where") == "(a[1] > 3)"
    assert by_name["Calc[3]"].attribute("where") == "(note = 'a<br/>b')"
    assert by_name["LocalWindowAggregate[5]"].attribute("window") == "TUMBLE(time_col=[ts], size=[10 s])"
    assert by_name["Calc[2]"].attribute("joinType") == ""


def test_a_job_without_a_plan_has_no_operators() -> None:
    assert read_graph(JobDetails.model_validate({"jid": "a", "name": "b", "state": "RUNNING"})).operators == ()


def test_the_figures_of_chained_operators_and_of_partitions_are_told_apart() -> None:
    source, calc = (next(one for one in read_graph(JOB).operators if one.name == name) for name in ("Source: orders[1]", "Calc[2]"))
    metrics = {
        "Source__orders[1].numRecordsIn": MetricRange(sum=7),
        "Source__orders[1].split.my.orders-0.watermark.currentWatermark": MetricRange(min=5, max=5, sum=5),
        "Source__orders[1].split.my.orders-11.watermark.currentWatermark": MetricRange(min=-(2.0**63), max=-(2.0**63)),
        "Source__orders[1].KafkaSourceReader.topic.my.orders.partition.11.currentOffset": MetricRange(min=41, max=41, sum=41),
        "Source__orders[1].KafkaSourceReader.topic.my.orders.partition.0.currentOffset": MetricRange(min=-1, max=-1, sum=-1),
        "Calc[2].numRecordsIn": MetricRange(sum=6),
        "Calc[22].numRecordsIn": MetricRange(sum=1000),
    }
    found = counters_of(source, metrics)
    assert (found.records_in, found.records_out) == (7, None)
    assert found.watermarks == {"my.orders-0": 5, "my.orders-11": -(2**63)}
    assert found.read == {"my.orders-11": 42}
    assert counters_of(calc, metrics).records_in == 6


def test_of_hundreds_of_metrics_few_are_asked_for() -> None:
    assert is_wanted("busyTimeMsPerSecond")
    assert is_wanted("Calc[2].numRecordsOut")
    assert not is_wanted("Source__orders[1].KafkaSourceReader.KafkaConsumer.fetch-rate")
    assert not is_wanted("numRecordsOut")


def test_a_source_that_the_planner_does_not_name_is_one_all_the_same() -> None:
    drawn = "Source: KafkaSource-default_catalog.default_database.my.orders<br/>+- [2]:Calc(select=[id])<br/>"
    nodes = [
        {"id": "b", "description": "[4]:GroupAggregate(groupBy=[id])<br/>", "inputs": [{"id": "a"}]},
        {"id": "a", "description": drawn},
    ]
    job = JobDetails.model_validate({"jid": "a", "name": "b", "state": "RUNNING", "plan": {"nodes": nodes}})
    graph = read_graph(job)
    [source] = [one for one in graph.operators if one.kind == "TableSourceScan"]
    [sink] = graph.sinks
    assert (source.table, [one.name for one in graph.sources(sink)]) == ("my.orders", [source.name])
    metrics = {"Source__KafkaSource-default_catalog_default_database_my_orders.numRecordsOut": MetricRange(sum=7)}
    assert counters_of(source, metrics).records_out == 7
