"""The program's declaration, made once for each bundle: it takes a tenth of a second and nobody changes it."""

from functools import cache

import pytest

from tests.program.recorder import Declaration, run_program


@cache
def _declared(bundle: str) -> Declaration:
    return run_program({"bundle": bundle})


@pytest.fixture(params=[pytest.param("reviews", id="reviews"), pytest.param("article", id="article")])
def declaration(request: pytest.FixtureRequest) -> Declaration:
    """What the program declares for a bundle."""
    return _declared(request.param)


@pytest.fixture
def reviews() -> Declaration:
    """What the program declares for the default bundle."""
    return _declared("reviews")
