"""The backend that needs no model: an extractive summariser in this process.

It quotes and ranks sentences of the input; it understands nothing and generates nothing, and says so by the name it gives in `model`.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from modelgateway.backends.backend import Health
from modelgateway.completion import Completion, chat_completion, to_json
from modelgateway.errors import invalid_request
from modelgateway.extractive.answer import answer
from modelgateway.request import CompletionRequest

MODEL_NAME = "offline-extractive-1"
"""The number goes up when the same input would get another answer."""


class OfflineBackend:
    """Answers from `extractive`. The requested model name and all sampling options are ignored."""

    def __init__(self) -> None:
        # One thread: the work is pure Python under one interpreter lock, and pysbd's segmenter keeps state between calls.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extractive")

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer with the JSON fields that the system prompt asks for, or with a plain text.

        Raises AnswerError (400) for more than one choice.
        """
        if request.fields.get("n") not in (None, 1):
            raise invalid_request("The offline model gives one choice. Send the request without 'n'.", param="n", code="unsupported_value")
        instructions = "\n".join(message.text for message in request.messages if message.role in {"system", "developer"})
        reviews = "\n".join(message.text for message in request.messages if message.role == "user")
        wants_json = _wants_json(request.fields.get("response_format"))
        content = await asyncio.get_running_loop().run_in_executor(
            self._worker, lambda: answer(instructions, reviews, wants_json=wants_json)
        )
        return chat_completion(request, model=MODEL_NAME, content=content)

    async def models(self) -> Completion:
        """List the one model there is."""
        entry = {"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "modelgateway"}
        return Completion(status=HTTPStatus.OK, body=to_json({"object": "list", "data": [entry]}))

    async def health(self) -> Health:
        """Report all well: nothing outside this process can be missing."""
        return Health(upstream="ok", model="ok")

    async def close(self) -> None:
        """End the worker thread."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def _wants_json(response_format: object) -> bool:
    return isinstance(response_format, dict) and response_format.get("type") in {"json_object", "json_schema"}
