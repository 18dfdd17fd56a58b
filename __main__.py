"""Product reviews -> Kafka -> Flink SQL -> LLM -> Kafka. `components/program.py` tells what is declared, `Pulumi.yaml` the settings."""

from components.program import program

program()
