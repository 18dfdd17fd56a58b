"""No secret stands in a manifest but in a Secret, and a changed one starts its pods anew."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.kubernetes.akhq import AkhqArgs, akhq_manifests, akhq_secret, configuration, password_digest, secret_values
from components.kubernetes.model_gateway import ModelGatewayArgs, model_gateway_manifests, model_gateway_secret
from modelgateway.arguments import API_KEY_VARIABLE, FALLBACK_KEY_VARIABLE, parse_arguments
from tests.support.manifests import AKHQ, IMAGE, NAMESPACE, OFFLINE, SECURED_AKHQ, WITH_KEY, WITH_LEDGER

VALUES = secret_values(SECURED_AKHQ, signing_secret="signs-tokens", digest="digest-of-password", login="login-of-kafka")


def container(made: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = made[-1]["spec"]["template"]["spec"]["containers"][0]
    return found


def referred(made: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return the variables that come from a Secret: its name and key."""
    found = {}
    for one in container(made).get("env", []):
        if "valueFrom" in one:
            reference = one["valueFrom"]["secretKeyRef"]
            found[one["name"]] = (reference["name"], reference["key"])
    return found


def test_a_page_for_oneself_has_no_login_and_no_secret() -> None:
    assert "micronaut" not in configuration(AKHQ)
    assert (secret_values(AKHQ), AKHQ.has_secret, referred(akhq_manifests(AKHQ))) == ({}, False, {})


def test_a_secured_page_lets_nobody_in_without_a_login_and_its_login_only_read() -> None:
    told = configuration(SECURED_AKHQ)
    assert told["micronaut"]["security"]["enabled"] is True
    assert told["akhq"]["security"]["default-group"] == "no-roles"
    assert [(user["username"], user["groups"]) for user in told["akhq"]["security"]["basic-auth"]] == [("reader", ["reader"])]


def test_every_secret_of_the_page_comes_from_its_secret_and_is_used() -> None:
    made = akhq_manifests(SECURED_AKHQ)
    assert referred(made) == {name: ("akhq", name) for name in VALUES}
    assert akhq_secret(SECURED_AKHQ, VALUES)["stringData"] == VALUES
    used = json.dumps(configuration(SECURED_AKHQ))
    assert "${AKHQ_READER_PASSWORD_SHA256}" in used
    assert "${KAFKA_SASL_JAAS_CONFIG}" in used


def test_the_page_keeps_a_digest_of_the_password() -> None:
    assert password_digest("password") == "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"


def test_the_management_port_tells_health_and_metrics_only() -> None:
    endpoints = configuration(SECURED_AKHQ)["endpoints"]
    assert [name for name, one in endpoints.items() if one["enabled"]] == ["health", "prometheus"]


def test_the_gateways_key_is_where_the_gateway_looks_for_it() -> None:
    assert referred(model_gateway_manifests(WITH_KEY)) == {API_KEY_VARIABLE: ("model-gateway", "api-key")}
    assert model_gateway_secret(WITH_KEY, "sk-hidden")["stringData"] == {"api-key": "sk-hidden"}
    assert referred(model_gateway_manifests(OFFLINE)) == {}


def test_each_upstream_has_a_key_of_its_own_and_only_those_that_are_set() -> None:
    assert referred(model_gateway_manifests(WITH_LEDGER)) == {FALLBACK_KEY_VARIABLE: ("model-gateway", "fallback-api-key")}
    assert model_gateway_secret(WITH_LEDGER, "", "sk-other")["stringData"] == {"fallback-api-key": "sk-other"}


def test_the_ledger_lies_on_a_volume_with_one_writer_and_the_certificate_beside_it() -> None:
    claim, certificate, _service, deployment = model_gateway_manifests(WITH_LEDGER)
    assert (claim["kind"], certificate["kind"], deployment["spec"]["strategy"]) == (
        "PersistentVolumeClaim",
        "ConfigMap",
        {"type": "Recreate"},
    )
    pod = deployment["spec"]["template"]["spec"]
    mounted = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    assert (mounted["ledger"], mounted["certificates"]) == ("/ledger", "/certificates")
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    with pytest.raises(ValueError, match="one replica"):
        replace(WITH_LEDGER, replicas=2)
    assert [one["kind"] for one in model_gateway_manifests(replace(OFFLINE, replicas=3))] == ["Service", "Deployment"]


@pytest.mark.parametrize("args", [pytest.param(OFFLINE, id="offline"), pytest.param(WITH_KEY, id="with a key")])
def test_the_gateway_takes_its_command_line(args: ModelGatewayArgs) -> None:
    settings = parse_arguments(container(model_gateway_manifests(args))["args"], {API_KEY_VARIABLE: "sk-hidden"})
    assert (settings.kind, settings.port, settings.model) == (args.kind, 8080, args.model)
    assert [upstream.base for upstream in settings.upstreams] == ([args.upstream] if args.upstream else [])
    assert settings.host not in {"localhost", "127.0.0.1"}


def annotations(made: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = made[-1]["spec"]["template"]["metadata"].get("annotations", {})
    return found


def test_pods_start_anew_when_their_secret_changes() -> None:
    changed = ModelGatewayArgs(namespace=NAMESPACE, image=IMAGE, kind="openai", model="m", has_api_key=True, secret_fingerprint="ffff")
    assert annotations(model_gateway_manifests(changed)) != annotations(model_gateway_manifests(WITH_KEY))
    assert annotations(model_gateway_manifests(OFFLINE)) == {}


def test_the_page_starts_anew_when_its_configuration_changes() -> None:
    other = AkhqArgs(namespace=NAMESPACE, bootstrap="other:9092")
    assert annotations(akhq_manifests(other)) != annotations(akhq_manifests(AKHQ))
