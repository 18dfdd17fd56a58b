"""Pull models into an Ollama and wait until each of them answers.

`pull_models.py ADDRESS MODEL...`, alone in a container: nothing but Python's own library. What may pass is tried
again a few times; the exit code is 1 with the reason in the last line.
"""

import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from typing import Any

SILENCE_SECONDS = 600.0
"""Ollama says nothing while it verifies a file of several gigabytes."""
SERVER_SECONDS = 120.0
"""So long is waited for a server that is still starting."""
PAUSE_SECONDS = 2.0
PROGRESS_SECONDS = 5.0
"""Between two lines about the same file."""


PAUSES_SECONDS = (5.0, 10.0, 20.0)
"""Before another try. What was fetched is kept by Ollama, and the next try goes on from there."""
_NO_SUCH_MODEL = "file does not exist"
"""In what Ollama says of a name that its library does not know."""


class PullError(Exception):
    """The model cannot be had. The text says why."""


class NoSuchModelError(PullError):
    """The library has no model of that name, and will have none at the next try."""


def stream(address: str, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Post and yield the answer's lines. Raises PullError with the server's own reason.

    A pull that fails is answered with 200 all the same, and its last line says so.
    """
    request = urllib.request.Request(  # noqa: S310 - the address is of the stack's own server
        f"{address}{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as answer:  # noqa: S310
            for line in answer:
                if line.strip():
                    yield _told(json.loads(line))
    except urllib.error.HTTPError as error:
        raise PullError(f"{path} was answered with {error.code}: {_reason(error.read())}") from error


def _told(line: dict[str, Any]) -> dict[str, Any]:
    if "error" in line:
        told = str(line["error"])
        raise (NoSuchModelError if _NO_SUCH_MODEL in told else PullError)(told)
    return line


def _reason(body: bytes) -> str:
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()[:200]
    return str(error.get("message", error) if isinstance(error, dict) else error)


def pull(address: str, model: str, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
    """Fetch the model, with a line now and then. Raises PullError also when the stream ends before it is done."""
    said, last = "", float("-inf")
    for step in stream(address, "/api/pull", {"model": model, "stream": True}):
        status = str(step.get("status", ""))
        if status != said or clock() - last >= PROGRESS_SECONDS:
            said, last = status, clock()
            say(f"{model}: {status}{_share(step)}")
    if said != "success":
        raise PullError(f"the pull of {model} ended after {said!r}, not with 'success'")


def pull_patiently(address: str, model: str, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Fetch the model, over troubles that may pass. Raises what the last try did, and NoSuchModelError at once."""
    for pause in PAUSES_SECONDS:
        try:
            pull(address, model, say)
        except NoSuchModelError:
            raise
        except (PullError, OSError, ValueError, http.client.HTTPException) as error:
            say(f"{model}: {error}; another try in {pause:.0f} s")
            sleep(pause)
        else:
            return
    pull(address, model, say)


def _share(step: dict[str, Any]) -> str:
    total = step.get("total")
    return f" {100 * step.get('completed', 0) // total} % of {total // 1_000_000} MB" if total else ""


def answers(address: str, model: str) -> None:
    """Ask the model for one token; the first request loads it. Raises PullError."""
    body = {"model": model, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1, "stream": False}
    for answer in stream(address, "/v1/chat/completions", body):
        if not answer.get("choices"):
            raise PullError(f"{model} gives no answer: {json.dumps(answer)[:200]}")


def wait_for_server(address: str, *, seconds: float = SERVER_SECONDS, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until something answers. Raises PullError after `seconds`."""
    for _ in range(max(1, int(seconds / PAUSE_SECONDS))):
        try:
            with urllib.request.urlopen(f"{address}/api/tags", timeout=SILENCE_SECONDS):  # noqa: S310
                return
        except (OSError, http.client.HTTPException) as error:
            reason = error
        sleep(PAUSE_SECONDS)
    raise PullError(f"no Ollama answers at {address} within {seconds:.0f} s: {reason}")


def main(arguments: Sequence[str]) -> int:
    """Pull each model. Return 0 when all of them answer."""
    address, *models = arguments
    try:
        wait_for_server(address)
        for model in models:
            pull_patiently(address, model, print)
            answers(address, model)
            print(f"{model}: answers")
    except NoSuchModelError as error:
        print(f"pulling the models failed: there is no model {model!r} ({error}): check `model.name`")
        return 1
    except (PullError, OSError, ValueError, http.client.HTTPException) as error:
        print(f"pulling the models failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
