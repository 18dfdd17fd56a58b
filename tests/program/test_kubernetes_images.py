"""Images: built in dev only, deployed by digest everywhere, and by nothing else."""

import platform
from pathlib import Path

import pytest

from tests.program.kubernetes_declaration import STACKS, declare, declared
from tests.program.recorder import DOCKER_IMAGE, Declaration, StoppedError, digest_of_image

READY = f"registry.example.com/somebody/flink@sha256:{'b' * 64}"
FLINK, MODEL_GATEWAY = digest_of_image("flink-image"), digest_of_image("model-gateway-image")


def built(declaration: Declaration) -> set[str]:
    return set(declaration.of_type(DOCKER_IMAGE))


def image_of(declaration: Declaration, name: str) -> str:
    pod = declaration.of_type("apps/v1:Deployment")[name].inputs["spec"]["template"]["spec"]
    return str(pod["containers"][0]["image"])


@pytest.mark.parametrize(
    ("stack", "images", "repository"),
    [
        pytest.param("dev", {"flink-image", "model-gateway-image"}, "localhost:5001", id="dev builds"),
        pytest.param("staging", set(), "registry.example.com", id="staging takes over"),
        pytest.param("prod", set(), "registry.example.com", id="prod takes over"),
    ],
)
def test_only_dev_builds_and_the_others_run_the_same_digests(stack: str, images: set[str], repository: str) -> None:
    declaration = declared(stack)
    assert built(declaration) == images
    cluster = declaration.of_type("FlinkDeployment")["flink-sql-session"].inputs["spec"]["image"]
    assert cluster == image_of(declaration, "flink-sql-gateway") == f"{repository}/flink-ai-demo@{FLINK}"
    assert image_of(declaration, "model-gateway") == f"{repository}/model-gateway@{MODEL_GATEWAY}"


@pytest.mark.parametrize("stack", [pytest.param(stack, id=stack) for stack in STACKS])
def test_what_is_handed_on_is_what_runs(stack: str) -> None:
    images = declared(stack).outputs["promotion"]["images"]
    assert (images["flink"], images["modelGateway"]) == (FLINK, MODEL_GATEWAY)
    # From where the next stage can copy them.
    assert images["flinkRepository"].endswith("/flink-ai-demo")
    assert images["modelGatewayRepository"].endswith("/model-gateway")


def test_an_image_that_is_there_already_is_not_built(tmp_path: Path) -> None:
    declaration = declare("dev", tmp_path, {"image.flink": READY})
    assert built(declaration) == {"model-gateway-image"}
    assert image_of(declaration, "flink-sql-gateway") == READY
    assert declaration.outputs["promotion"]["images"]["flink"] == READY.rpartition("@")[2]


def test_a_registry_is_there_before_an_image_is_pushed_to_it(tmp_path: Path) -> None:
    declaration = declare("dev", tmp_path, {"registry.provide": "true"})
    container = declaration.of_type("docker:index/container:Container")["registry-container"].urn
    assert all(container in declaration.before(image.urn) for image in declaration.of_type(DOCKER_IMAGE).values())


def test_the_image_is_tagged_by_its_content_and_built_from_its_folder() -> None:
    image = declared("dev").of_type(DOCKER_IMAGE)["flink-image"].inputs
    repository, _, tag = image["imageName"].rpartition(":")
    assert (repository, len(tag)) == ("localhost:5001/flink-ai-demo", 16)
    assert image["build"]["context"] == "docker/flink"
    assert image["build"]["args"] == {"FLINK_LINE": "2.1", "FLINK_VERSION": "2.1.2"}


@pytest.mark.parametrize(
    ("machine", "wanted", "built_for"),
    [
        pytest.param("x86_64", "local", "linux/amd64", id="a PC"),
        pytest.param("AMD64", "local", "linux/amd64", id="a PC with Windows"),
        pytest.param("aarch64", "local", "linux/arm64", id="an ARM machine"),
        pytest.param("arm64", "local", "linux/arm64", id="an Apple laptop"),
        pytest.param("arm64", "linux/amd64", "linux/amd64", id="an Apple laptop for a cluster of PCs"),
    ],
)
def test_an_image_is_built_for_the_machine_or_for_what_is_set(
    machine: str, wanted: str, built_for: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    images = declare("dev", tmp_path, {"image.platform": wanted}).of_type(DOCKER_IMAGE)
    assert {image.inputs["build"]["platform"] for image in images.values()} == {built_for}


def test_a_bundle_with_jars_has_an_image_with_them(tmp_path: Path) -> None:
    own = {"bundle": "orders", "bundle.parameters.archive": "s3://bucket/archive", "promotion.from": ""}
    declaration = declare("dev", tmp_path, {key: value for key, value in own.items() if value})
    image = declaration.of_type(DOCKER_IMAGE)["flink-image"].inputs
    context = Path(image["build"]["context"])
    jars = image["build"]["args"]["BUNDLE_JARS"].split()
    assert len(jars) == 2, "the format's and the function's"
    [function] = (context / "functions").rglob("*.jar")
    place = function.relative_to(context / "functions").as_posix()
    sql = declaration.of_type("flinksql:Statement")["creditor_reference"].inputs
    assert f"file:///opt/flink/functions/{place}" in str(sql)
    assert "flink-sql-avro-confluent-registry:2.1.0" in (context / "bundle.lock").read_text(encoding="utf-8")


def test_in_a_preview_the_digest_of_an_image_is_unknown_and_all_is_declared() -> None:
    preview = declared("dev", preview=True)
    assert "flink-sql-session" in preview.of_type("FlinkDeployment")
    assert not isinstance(preview.outputs["promotion"], dict)


@pytest.mark.parametrize("name", [pytest.param("flink-image", id="Flink"), pytest.param("model-gateway-image", id="model gateway")])
@pytest.mark.parametrize(
    "reference", [pytest.param(None, id="none"), pytest.param("", id="empty"), pytest.param("localhost:5001/a:1", id="tag")]
)
def test_nothing_is_deployed_of_an_image_without_a_digest(name: str, reference: str | None, tmp_path: Path) -> None:
    made: list[str] = []
    with pytest.raises(StoppedError, match=f"{name}: the image has no digest") as caught:
        declare("dev", tmp_path, pushed={name: reference}, seen=made)
    assert "Is the registry running? `up` builds and pushes it again" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert not [kind for kind in made if kind.endswith("FlinkDeployment")] or name != "flink-image"
