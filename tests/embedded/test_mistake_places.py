"""Where mistakes are said to be, asked of the real planner."""

import pytest

from flinksql.errors import StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statements import StatementLifecycle
from tests.cases.errors import MISTAKES, Mistake

pytestmark = pytest.mark.real


@pytest.mark.parametrize("mistake", [pytest.param(mistake, id=mistake.name) for mistake in MISTAKES])
def test_the_real_planners_refusal_is_shown_at_its_place(mistake: Mistake, embedded_endpoints: tuple[Endpoint, Endpoint]) -> None:
    gateway, jobmanager = embedded_endpoints
    lifecycle = StatementLifecycle(GatewayClient(gateway), JobManagerClient(jobmanager))
    with pytest.raises(StatementError) as caught:
        lifecycle.validate(mistake.definition)
    line, column = mistake.place
    assert str(caught.value).startswith(f"sql/it.sql:{line}:{column}: ")
    assert mistake.says in str(caught.value)
