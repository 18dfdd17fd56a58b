"""The blocks of the cases against the real planner: a tenth in each run, all of them with `FLINK_REVIEWS_TOLD=all` (two minutes)."""

import os
from pathlib import Path

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.transport import Endpoint
from tests.support.told import FOLDER, Block, blocks, told, unlike

pytestmark = pytest.mark.real
STEP = 1 if os.environ.get("FLINK_REVIEWS_TOLD") == "all" else 10


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in blocks()[::STEP]])
def test_the_real_planner_says_what_was_recorded(block: Block, embedded_endpoints: tuple[Endpoint, Endpoint], tmp_path: Path) -> None:
    gateway = GatewayClient(embedded_endpoints[0])
    assert unlike(block, told(block, tmp_path / FOLDER, gateway)) == []
