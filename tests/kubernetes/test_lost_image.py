"""An image that its registry lost: what runs goes on, a preview names it, `up` builds and pushes it again, a stage asks for the copy."""

import pytest
import requests

from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import is_back, kill
from tests.kubernetes.stack import KubernetesStack, Run
from tests.kubernetes.staging import last, stage

pytestmark = [pytest.mark.timeout(1200)]

_KINDS = ("docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1", "oci.image.index.v1")


def _said(run: Run) -> str:
    return "\n".join(str(one["message"]) for one in run.events if one["event"] == "say")


def _image(stack: KubernetesStack) -> str:
    place = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/model-gateway"
    return str(stack.api_server.read(place)["spec"]["template"]["spec"]["containers"][0]["image"])


def _manifest(image: str) -> str:
    repository, _, digest = image.partition("@")
    host, _, name = repository.partition("/")
    return f"http://{host}/v2/{name}/manifests/{digest}"


def _has(image: str) -> bool:
    return requests.head(_manifest(image), headers={"accept": ", ".join(f"application/vnd.{kind}+json" for kind in _KINDS)}, timeout=10).ok


def _lose(image: str) -> None:
    reply = requests.delete(_manifest(image), timeout=10)
    if reply.status_code == requests.codes.method_not_allowed:
        pytest.skip("this registry lets nobody delete")
    reply.raise_for_status()
    assert not _has(image)


def test_an_image_that_its_registry_lost_is_named_and_pushed_again(deployed: KubernetesStack) -> None:
    image, jobs = _image(deployed), deployed.running()
    _lose(image)
    preview = deployed.run("preview")
    note("image lost", preview=_said(preview), code=preview.finished.code)
    assert f"image {image} is gone from its registry: `up` builds and pushes it again" in _said(preview)
    assert deployed.running() == jobs, "what runs goes on"
    with stage(deployed) as staging:
        refused = staging.copy.run("preview")
        note("image lost, a stage that takes it over", code=refused.code, said=last(refused))
        assert refused.code != 0
        assert f"the registry does not have image {image}, whose digest is that of stack dev. Copy it there first" in refused.said
    run = deployed.up()
    again = _image(deployed)
    note("image lost, up", seconds=run.end["seconds"], changed=run.changed, same=again == image, said=_said(run)[-800:])
    assert _has(again)
    killed = kill(deployed, "model-gateway")
    deployed.wait("a new pod is there", lambda: True if is_back(deployed, "model-gateway", killed) else None)
    after = deployed.run("preview")
    assert (after.finished.code, after.changed) == (0, {}), after.told
