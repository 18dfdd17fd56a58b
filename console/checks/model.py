"""Whether the model that the settings name can be reached, and is there."""

from http import HTTPStatus

import requests

from options.model import ModelKind, ModelSettings
from platforms.finding import Finding

_SUBJECT = "model"
_ANSWER_SECONDS = 5.0


def check_model(model: ModelSettings) -> Finding:
    """Ask the model server for its list of models. The offline model needs no server."""
    if model.kind is ModelKind.OFFLINE:
        return Finding(subject=_SUBJECT, ok=True, what="offline: an extractive summariser that runs here (no LLM; see `model.kind`)")
    if model.kind is ModelKind.LLAMACPP:
        return Finding(subject=_SUBJECT, ok=True, what=f"{model.name} by llama.cpp's server, which `up` starts here")
    session = requests.Session()
    # The environment's proxies are for the outside world; a model server is named by its address.
    session.trust_env = False
    try:
        reply = session.get(f"{model.endpoint}/models", timeout=_ANSWER_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return _bad(model, f"does not answer ({type(error).__name__})", _start(model))
    if reply.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        # The key is a secret of the stack; it is not decrypted for a check. That the server asks for one shows that it is there.
        return Finding(
            subject=_SUBJECT, ok=True, what=f"{model.kind} at {model.endpoint} answers and asks for a key (`model.apiKey`)", blocks=False
        )
    if reply.status_code != HTTPStatus.OK:
        return _bad(model, f"answers {reply.status_code} to /models", "check `model.endpoint`: it is the base URL that ends in /v1")
    return _listed(model, reply)


def _listed(model: ModelSettings, reply: requests.Response) -> Finding:
    try:
        names = [str(entry["id"]) for entry in reply.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return _bad(
            model, "does not answer like an OpenAI-compatible server", "check `model.endpoint`: it is the base URL that ends in /v1"
        )
    if model.name in names or f"{model.name}:latest" in names:
        return Finding(subject=_SUBJECT, ok=True, what=f"{model.name} at {model.endpoint}")
    if model.kind is ModelKind.OLLAMA:
        return Finding(subject=_SUBJECT, ok=False, blocks=False, what=f"{model.name} is not pulled yet", fix=f"ollama pull {model.name}")
    return _bad(model, f"has no model {model.name}", f"set `model.name` to one of: {', '.join(names[:10]) or 'none'}")


def _bad(model: ModelSettings, what: str, fix: str) -> Finding:
    return Finding(subject=_SUBJECT, ok=False, what=f"{model.kind} at {model.endpoint} {what}", fix=fix)


def _start(model: ModelSettings) -> str:
    start = "start it with `ollama serve`" if model.kind is ModelKind.OLLAMA else "start it, or check `model.endpoint`"
    return f"{start}; or use the offline model: `pulumi config set model.kind offline`"
