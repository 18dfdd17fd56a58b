"""Kafka -> Flink SQL -> LLM -> Kafka. `platforms/program.py` tells what is declared, `Pulumi.yaml` the settings."""

import sys
from pathlib import Path

import pulumi

from components.interruption import HAS_SPOKEN, end_silently_when_interrupted

end_silently_when_interrupted()
try:
    from platforms.plain_pulumi import run

    run()
except ModuleNotFoundError as error:
    package = str(error.name).partition(".")[0]
    if Path(__file__).with_name(package).exists():
        raise  # a module of our own is no package that could be installed
    pulumi.log.error(f"the Python package {package} is missing in the virtual environment .venv: run `pulumi install`")
    sys.exit(HAS_SPOKEN)
