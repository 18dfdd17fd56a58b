"""What only the Kubernetes platform needs is not loaded for the embedded one: it would cost every command of it a second."""

import subprocess
import sys

import pytest

from components.names import PROJECT_FOLDER

HEAVY = ("kubernetes", "pulumi_kubernetes", "pulumi_docker", "platforms.kubernetes.declaration", "cluster.api_server")


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("platforms.program", id="program"),
        pytest.param("platforms.embedded.declaration", id="platform"),
        pytest.param("platforms.registry", id="registry"),
        pytest.param("components.providers.statement", id="statements' provider"),
        pytest.param("components.providers.topic", id="topics' provider"),
        pytest.param("platforms.exports", id="exports"),
    ],
)
def test_the_embedded_platform_loads_no_library_for_clusters(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
