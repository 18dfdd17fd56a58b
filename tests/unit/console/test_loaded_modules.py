"""What a run without changes does not load: each of these costs every preview, `up` and process of providers.

By cause and not by time, which means nothing on a busy machine.
"""

import subprocess
import sys

import pytest

from tests.support.project import REPOSITORY

PROVIDER = "components.provider_process,components.providers.statement,components.providers.topic,components.providers.service"
CONSOLE = "console.app,console.commands.run,console.session,platforms.program,platforms.embedded.declaration"
EVERYWHERE = ("flinksql.diagnosis", "flinksql.testing", "modelgateway", "ollama", "aiohttp", "kubernetes", "cryptography")
WHOLE = "what is read when it is wanted is loaded at once again: import it where it is used"


@pytest.mark.parametrize(
    ("loaded", "package"),
    [
        *(
            pytest.param(PROVIDER, one, id=f"providers-{one}")
            for one in ("flinksql.diagnosis", "flinksql.testing", "ollama", "rich", "typer")
        ),
        *(pytest.param(PROVIDER, one, id=f"providers-{one}") for one in ("aiohttp", "kubernetes", "cryptography", "modelgateway")),
        *(pytest.param(CONSOLE, one, id=f"console-{one}") for one in ("flinksql.diagnosis", "flinksql.data_checks", "modelgateway")),
        *(pytest.param(CONSOLE, one, id=f"console-{one}") for one in ("aiohttp", "kubernetes", "cryptography", "ollama", "pygments")),
        *(pytest.param(CONSOLE, one, id=f"console-{one}") for one in ("starlette", "uvicorn", "console.ui")),
    ],
)
def test_a_run_without_changes_loads_only_what_it_needs(loaded: str, package: str, modules: dict[str, frozenset[str]]) -> None:
    assert package not in modules[loaded], WHOLE


@pytest.fixture(scope="module")
def modules() -> dict[str, frozenset[str]]:
    return {names: _loaded_with(names) for names in (PROVIDER, CONSOLE)}


def _loaded_with(names: str) -> frozenset[str]:
    script = f"import sys, {names}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return frozenset(ended.stdout.split())
