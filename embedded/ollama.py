"""Models of a running Ollama: find out whether it has one, and fetch it. The server is the user's: it is never started or stopped here."""

from collections.abc import Callable

import httpx
import ollama

from embedded.errors import ModelError

PullProgress = Callable[[str, int, int], None]
"""Called with what Ollama is doing, and with bytes done and bytes in total of the file that it fetches (0 and 0 if it fetches none)."""

_CONNECT_SECONDS = 5.0
_BETWEEN_LINES_SECONDS = 600.0
"""Ollama is silent while it verifies a file of several gigabytes."""
_OPENAI_PATH = "/v1"


class OllamaServer:
    """An Ollama server. `endpoint` is the base URL of its OpenAI-compatible interface, which ends in `/v1`."""

    def __init__(self, endpoint: str) -> None:
        self.address = endpoint.rstrip("/").removesuffix(_OPENAI_PATH)
        timeout = httpx.Timeout(_BETWEEN_LINES_SECONDS, connect=_CONNECT_SECONDS)
        # The environment's proxies are for the internet; a model server is reached directly by its address.
        self._client = ollama.Client(host=self.address, timeout=timeout, trust_env=False)

    def has(self, model: str) -> bool:
        """Return whether Ollama has the model. Raise ModelError when no Ollama answers."""
        try:
            names = {entry.model for entry in self._client.list().models}
        except (ConnectionError, httpx.HTTPError, ollama.ResponseError, ValueError) as error:
            raise self._silent(error) from error
        return model in names or f"{model}:latest" in names

    def pull(self, model: str, progress: PullProgress) -> None:
        """Fetch the model. Ollama keeps what it fetched before an interruption. Raise ModelError with Ollama's own reason.

        The server answers 200 even when the pull fails, and reports it in the last line (measured). The library raises for that line.
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
