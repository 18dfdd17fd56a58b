"""Models of a running Ollama: is one there, and fetch it. The server is the user's own; it is neither started nor stopped here."""

from collections.abc import Callable

import httpx
import ollama

from embedded.errors import ModelError

PullProgress = Callable[[str, int, int], None]
"""Called with what Ollama does now, and bytes done and to do of the file that it fetches (0 and 0 when it fetches none)."""

_CONNECT_SECONDS = 5.0
_BETWEEN_LINES_SECONDS = 600.0
"""Ollama is silent while it verifies a file of several gigabytes."""
_OPENAI_PATH = "/v1"


class OllamaServer:
    """An Ollama by the base URL of its OpenAI-compatible interface, which ends in `/v1`."""

    def __init__(self, endpoint: str) -> None:
        self.address = endpoint.rstrip("/").removesuffix(_OPENAI_PATH)
        timeout = httpx.Timeout(_BETWEEN_LINES_SECONDS, connect=_CONNECT_SECONDS)
        # The environment's proxies are for the outside world; a model server is named by its address.
        self._client = ollama.Client(host=self.address, timeout=timeout, trust_env=False)

    def has(self, model: str) -> bool:
        """Return whether the model is there. Raises ModelError when no Ollama answers."""
        try:
            names = {entry.model for entry in self._client.list().models}
        except (ConnectionError, httpx.HTTPError, ollama.ResponseError, ValueError) as error:
            raise self._silent(error) from error
        return model in names or f"{model}:latest" in names

    def pull(self, model: str, progress: PullProgress) -> None:
        """Fetch the model; what was fetched before an interruption is kept by Ollama. Raises ModelError with Ollama's own reason.

        The server answers 200 also when the pull fails, and says so in the last line (measured); the library raises for that line.
        """
        try:
            for step in self._client.pull(model, stream=True):
                progress(step.status or "", step.completed or 0, step.total or 0)
        except ollama.ResponseError as error:
            raise ModelError(
                f"Ollama at {self.address} could not pull {model}: {error.error}. Check `model.name`, and that its machine reaches the "
                "library; what was fetched is kept, and the next run continues from there"
            ) from error
        except (ConnectionError, httpx.HTTPError, ValueError) as error:
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> ModelError:
        return ModelError(
            f"no Ollama answers at {self.address} ({type(error).__name__}): start it with `ollama serve`, set `model.endpoint` to where it "
            "runs, or use the offline model: `pulumi config set model.kind offline`"
        )
