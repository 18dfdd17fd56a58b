"""What stands in for the parts of a cluster's run that no package registry holds is taken for real by those who use it."""

from pathlib import Path

from components.kubernetes.operator_chart import VERSION, operator_chart
from components.settings import parse_settings
from tests.kubernetes.double.chart import KINDS, write_chart
from tests.kubernetes.double.docker_hands import DockerHands
from tests.kubernetes.double.plugin import VERSIONS
from tests.kubernetes.double.servicer import Servicer


def test_the_engine_is_told_the_version_of_the_doubled_plugin() -> None:
    assert Servicer(DockerHands(), VERSIONS["docker"]).GetPluginInfo(None, None).version == VERSIONS["docker"]


def test_the_doubled_chart_is_the_pinned_operators_with_its_four_kinds(tmp_path: Path) -> None:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "data.folder": str(tmp_path / "data")}
    chart = operator_chart(parse_settings({**values, "operator.chart": str(write_chart(tmp_path))}))
    assert chart.version == VERSION
    assert {name.partition(".")[0] for name in chart.crds} == set(KINDS)
