"""Product reviews -> Kafka -> Flink SQL -> LLM -> Kafka. Read `components/program.py` for what is declared, `Pulumi.yaml` for the settings."""

from components.program import program

program()
