"""`staging` takes over what `dev` runs, in a namespace and from a registry of its own: refused, shown, upgraded, and back.

Both stages in one cluster take ten minutes:
pytest -o faulthandler_timeout=0 -p no:randomly -p no:cacheprovider tests/kubernetes/test_promotion.py
"""

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from components.names import job_name
from tests.kubernetes.figures import note
from tests.kubernetes.hands import hands
from tests.kubernetes.registry_beside import as_told, registry_beside
from tests.kubernetes.stack import KubernetesStack
from tests.kubernetes.staging import STAGE, STAGING, Stage, last, stage
from tests.support.feeding import Fate, feeding, flow_for
from tests.support.flow import CONTEXTS, SUMMARIES, Flow, Row
from tests.support.kafka import read_stamped
from tests.support.plain import in_the_environment_of
from tests.support.project import Finished

pytestmark = [pytest.mark.timeout(2400)]

WINDOW_SECONDS = 30
BEFORE_SECONDS, AFTER_SECONDS = 8.0, 6.0
MARGIN_SECONDS = 2.0
"""What came shortly before a job's end may have come after its savepoint."""
_HANG_SECONDS = 240.0
AS_FED, IN_LOWER_CASE = "N", "n"
"""The product's name in a context: as it is fed, and as the second version writes it."""


@pytest.fixture
def staging(stack: KubernetesStack, tmp_path: Path) -> Iterator[Stage]:
    """Give `staging`, whose registry has nothing, with `dev` never up."""
    if shutil.which("skopeo") is None:
        pytest.skip("there is no skopeo, by which images are copied between registries")
    stack.down()
    sources = [stack.copy.folder / "sql" / "reviews" / f"{name}.sql" for name in ("contexts", "summaries")]
    texts = [file.read_text(encoding="utf-8") for file in sources]
    with registry_beside(stack, tmp_path) as registry:
        repositories = {"image__repository": f"{registry}/flink-ai-demo", "image__modelGatewayRepository": f"{registry}/model-gateway"}
        with stage(stack, bundle__parameters__window_seconds=WINDOW_SECONDS, **repositories) as one:
            try:
                yield one
            finally:
                for file, text in zip(sources, texts, strict=True):
                    file.write_text(text, encoding="utf-8")


def test_a_version_goes_from_dev_to_staging_with_open_windows_and_back(stack: KubernetesStack, staging: Stage) -> None:
    _refused(staging, "stack dev is not up: it never was", what="before dev was ever up")
    stack.up()
    stack.wait_for_jobs(stack.job_names())
    _copied(staging, _refused(staging, "the registry does not have image", what="before the images are copied"))
    first = _promoted(staging, what="first staging")
    assert "staging was promoted from no stage yet" in first.said
    jobs = staging.wait()
    _edited(stack)
    stack.up()
    _refused_while_dev_is_not_well(stack, staging)
    stack.up()
    stack.wait_for_jobs(stack.job_names())
    _shown(staging)
    with staging.flow() as flow:
        with feeding(flow, "promoted") as fed:
            flow_for(BEFORE_SECONDS)
            began = time.monotonic()
            _promoted(staging, what="a version with open windows, under load")
            seconds = time.monotonic() - began
            after = staging.wait()
            flow_for(AFTER_SECONDS)
        fate, stop = _settled(flow, fed, {AS_FED, IN_LOWER_CASE}), _ended(staging, jobs[job_name(STAGE, "contexts")])
        carried = _carried(flow, fed, stop)
        note(
            "upgraded by promotion", seconds=seconds, fed=fate.fed, lost=0, twice=fate.duplicated_reviews, read_before_written_after=carried
        )
        assert fate.duplicated_reviews == 0
        assert carried > 0, "no window was open across the upgrade"
        assert after[job_name(STAGE, "summaries")] == jobs[job_name(STAGE, "summaries")]
        _gone_back(staging, flow, fed)
    told = staging.copy.succeed("log", "--json").json()
    assert [bool(one.get("goesBack")) for one in told["promotions"]] == [False, False, True]
    behind = _refused(staging, "Different: contexts", what="after going back, dev is ahead")
    assert "and dev runs reviews (" in " ".join(behind.said.split())


def _refused(staging: Stage, said: str, *, what: str) -> Finished:
    refused = staging.copy.run("promote", "dev", STAGE, "--yes")
    note("promotion refused", why=what, code=refused.code, said=last(refused))
    assert refused.code == 1, refused.said
    assert said in " ".join(refused.said.split()), refused.said
    assert "Traceback" not in refused.said
    return refused


def _copied(staging: Stage, refused: Finished) -> None:
    """Type what the refusal names. Nothing was made meanwhile."""
    assert STAGING not in {one.metadata.name for one in staging.dev.cluster.core.list_namespace().items}
    lines = as_told(refused.said)
    assert len(lines) == 2, refused.said  # Flink's image and the model gateway's
    for line in lines:
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        note("an image copied as told", line=" ".join(line), code=done.returncode, said=done.stderr[-300:])
        assert done.returncode == 0, done.stderr


def _promoted(staging: Stage, *, what: str) -> Finished:
    promoted = staging.copy.run("promote", "dev", STAGE, "--yes")
    note("promoted", version=what, code=promoted.code, said=last(promoted))
    assert promoted.code == 0, promoted.said[-5000:]
    assert "staging runs what dev runs: reviews (" in promoted.said
    return promoted


def _edited(stack: KubernetesStack) -> None:
    """Edit what is computed of a closed window: what is kept of an open one stays the same."""
    file = stack.copy.folder / "sql" / "reviews" / "contexts.sql"
    text = file.read_text(encoding="utf-8")
    before, after = "    product_id,\n    product_name,\n", "    product_id,\n    LOWER(product_name),\n"
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")


def _refused_while_dev_is_not_well(stack: KubernetesStack, staging: Stage) -> None:
    """Its job is cancelled by hand: the command asks dev's Flink, and CI knows it after dev's next look."""
    stack.wait_for_jobs(stack.job_names())
    hands(stack).cancel("contexts")
    _refused(staging, "stack dev is not well: contexts is cancelled", what="dev's job was cancelled a moment ago")
    refreshed = in_the_environment_of(stack.copy, "refresh", "--yes", "--target", "**contexts")
    assert refreshed.code == 0, refreshed.said[-3000:]
    preview = staging.copy.run("preview")
    note("preview of staging after a refresh of dev", code=preview.code, said=last(preview))
    assert preview.code == 1, preview.said
    assert "stack dev is not well: contexts is cancelled" in " ".join(preview.said.split())


def _shown(staging: Stage) -> None:
    began = time.monotonic()
    shown = staging.copy.run("promote", "dev", STAGE, "--preview", "--json")
    events = [json.loads(line) for line in shown.output.splitlines() if line.startswith("{")]
    note("promotion previewed", seconds=time.monotonic() - began, code=shown.code)
    assert shown.code == 0, shown.said
    [diff] = [one for one in events if one["event"] == "diff"]
    assert (diff["path"].endswith("contexts.sql"), diff["added"], diff["removed"]) == (True, 1, 1)
    verdicts = {one["name"]: one["verdict"] for one in events if one["event"] == "resource" and one["verdict"]}
    assert verdicts.keys() == {"contexts"}
    assert verdicts["contexts"].startswith("keeps state")
    people = staging.copy.run("promote", "dev", STAGE, "--preview")
    note("promotion previewed for people", said=people.output[-3000:])


def _gone_back(staging: Stage, flow: Flow, fed: list[str]) -> None:
    """Undo under load. The older version reads again what came since it was stopped, and writes its own results."""
    with feeding(flow, "back") as later:
        flow_for(BEFORE_SECONDS)
        began = time.monotonic()
        undone = staging.copy.run("undo", "contexts", "--yes")
        seconds = time.monotonic() - began
        assert undone.code == 0, undone.said[-5000:]
        staging.wait()
        flow_for(AFTER_SECONDS)
    fate = _settled(flow, [*fed, *later], {AS_FED})
    note("gone back under load", seconds=seconds, fed=fate.fed, lost=0, twice=fate.duplicated_reviews, said=last(undone))
    assert fate.duplicated_reviews == 0, "within the older version"


def _settled(flow: Flow, fed: Sequence[str], names: set[str]) -> Fate:
    """Wait until each product has a context by one of these versions, and a summary."""
    deadline = time.monotonic() + _HANG_SECONDS
    while True:
        flow.look()
        contexts = Counter[str]()
        for row in _written(flow, names):
            contexts[row["product_id"]] += row["review_count"]
        summaries = Counter(row["product_id"] for row in flow.rows[SUMMARIES])
        missing = [name for name in fed if not contexts[name] or not summaries[name]]
        if not missing:
            return Fate(fed=len(fed), contexts=contexts, summaries=summaries)
        assert time.monotonic() < deadline, f"{len(missing)} of {len(fed)} reviews did not come out, {missing[:3]} among them"
        time.sleep(1)


def _written(flow: Flow, names: set[str]) -> list[Row]:
    return [row for row in flow.rows[CONTEXTS] if row["product_name"] in names]


def _carried(flow: Flow, fed: Sequence[str], stop: float) -> int:
    """Count the reviews that came before the old job's end, and that the new one wrote: they lay in its windows."""
    came: dict[str, float] = {}
    for value, stamp in read_stamped(flow.bootstrap, "product_reviews"):
        record: dict[str, Any] = json.loads(value)
        came.setdefault(str(record.get("product_id")), stamp / 1000)
    ours = set(fed)
    return sum(
        1
        for row in _written(flow, {IN_LOWER_CASE})
        if row["product_id"] in ours
        and came[row["product_id"]] < stop - MARGIN_SECONDS < stop < datetime.fromisoformat(row["window_end"]).timestamp()
    )


def _ended(staging: Stage, job: str) -> float:
    """Return when a job of `staging` ended, in seconds since 1970."""
    proxy = staging.proxy()
    with proxy.session_factory() as session:
        reply: requests.Response = session.get(f"{proxy.base_url}/jobs/{job}", timeout=10)
    reply.raise_for_status()
    return float(reply.json()["end-time"]) / 1000
