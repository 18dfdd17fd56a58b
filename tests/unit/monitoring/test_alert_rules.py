"""The alert rules pass Prometheus' own tool, and each names a page that says what to do."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from components.names import PROJECT_FOLDER
from embedded.metrics import prometheus_configuration
from embedded.settings import EmbeddedSettings
from options.infrastructure import MetricsOptions

FOLDER = PROJECT_FOLDER / "docs" / "monitoring"
ALERTS = FOLDER / "alerts.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian and Ubuntu: apt-get install prometheus)")


def promtool(*arguments: str) -> str:
    """Run Prometheus' tool and return what it said; it must succeed."""
    assert PROMTOOL is not None
    finished = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=60, check=False)
    said = finished.stdout + finished.stderr
    assert finished.returncode == 0, said
    return said


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


RULES = [pytest.param(rule, id=rule["alert"]) for rule in rules()]


@needs_promtool
def test_promtool_takes_the_rules() -> None:
    assert f"SUCCESS: {len(rules())} rules found" in promtool("check", "rules", "--lint=all", str(ALERTS))


@needs_promtool
def test_each_alert_fires_on_its_fault_and_ends_with_it() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(FOLDER / "alerts.test.yml"))


@needs_promtool
def test_promtool_takes_the_configuration_of_a_stack(tmp_path: Any) -> None:  # noqa: ANN401 - as pytest gives it
    settings = EmbeddedSettings(data_folder=tmp_path, metrics=MetricsOptions(enabled=True), stack="local")
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(prometheus_configuration(settings, alerts=ALERTS))), encoding="utf-8")
    assert "SUCCESS" in promtool("check", "config", str(file))


@pytest.mark.parametrize("rule", RULES)
def test_each_alert_has_a_test_in_which_it_fires_and_one_in_which_it_is_silent(rule: dict[str, Any]) -> None:
    tests = yaml.safe_load((FOLDER / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    mine = [one for one in tests if one["name"].startswith(f"{rule['alert']}: ")]
    expected = [sample["value"] for one in mine for check in one["promql_expr_test"] for sample in check["exp_samples"]]
    assert {0, 1} <= set(expected)


@pytest.mark.parametrize("rule", RULES)
def test_each_alert_says_what_it_is_about_and_what_to_do(rule: dict[str, Any]) -> None:
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    assert "$labels.stack" in told["summary"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    page, _, anchor = told["runbook_url"].partition("#")
    titles = re.findall(r"^#+ (.+)$", (PROJECT_FOLDER / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert anchor == rule["alert"].lower()
