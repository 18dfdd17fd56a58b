"""A platform that other stacks run their pipelines on: what it tells them, as the settings that they would need without it.

A contract between stacks, that may be of different commits: keys are added, never renamed; else its version counts up.
"""

from collections.abc import Mapping
from typing import Any

from options.option import written
from settings import Settings
from settings.keys import KEYS, Key

OUTPUT = "hosting"
"""Name of the stack output that holds the contract."""
CONTRACT_VERSION = 1
_SETTINGS = "settings"


def contract(settings: Settings) -> dict[str, Any]:
    """Return the stack output that says where pipelines run, from the settings that such a pipeline would need. None is a secret."""
    return {"contractVersion": CONTRACT_VERSION, _SETTINGS: handed_on(settings)}


def handed_on(settings: Settings) -> dict[str, str]:
    """Return the texts of the settings that a contract has, by key, without those that say nothing."""
    return {name: text for name in HANDED_ON if (text := written(_value(settings, KEYS[name])))}


def settings_of_contract(given: object) -> dict[str, str]:
    """Return the settings that another stack's contract says; nothing for what is no contract that this program reads.

    The engine hands numbers on as floats.
    """
    if not isinstance(given, Mapping) or given.get("contractVersion") != CONTRACT_VERSION:
        return {}
    found = given.get(_SETTINGS)
    return {str(key): str(value) for key, value in found.items() if key in KEYS} if isinstance(found, Mapping) else {}


HANDED_ON = (
    "external.gatewayUrl",
    "external.jobManagerUrl",
    "external.caFile",
    "external.clientCertificate",
    "external.kafkaBootstrap",
    "external.kafkaForFlink",
    "external.modelUrl",
    "external.plansFolder",
    "external.checkpointsFolder",
    "external.savepointsFolder",
    "external.inCluster",
    "flink.line",
    "flink.stateUri",
    "kafka.maxRecordBytes",
    "kafka.kind",
    "kafka.bootstrap",
    "kubernetes.context",
    "kubernetes.kubeconfig",
    "kubernetes.namespace",
    "model.kind",
    "model.name",
    "model.endpoint",
    "ports.kafka",
    "strimzi.nodes",
)
"""Keys that a contract may have. They win over those of the pipeline's own stack."""


def _value(settings: Settings, key: Key) -> object:
    found: object = settings
    for name in key.path:
        found = getattr(found, name)
    return found
