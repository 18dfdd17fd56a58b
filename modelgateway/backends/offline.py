"""The backend that needs no model: an extractive summariser in this process.

It quotes and ranks sentences of the input; it understands nothing and generates nothing, and says so by the name it gives in `model`.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from modelgateway.answers.expectation import expectation_of
from modelgateway.backends.backend import Health, Outcome
from modelgateway.completion import Answer, Completion, estimated_usage, to_json
from modelgateway.extractive.answer import answer
from modelgateway.rejection import Reason, Rejection
from modelgateway.request import CompletionRequest

MODEL_NAME = "offline-extractive-4"
"""The number goes up when the same input would get another answer."""


class OfflineBackend:
    """Answers from `extractive`. The requested model name and all sampling options are ignored."""

    def __init__(self) -> None:
        # One thread: the work is pure Python under one interpreter lock, and pysbd's segmenter keeps state between calls.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extractive")

    async def complete(self, request: CompletionRequest) -> Outcome:
        """Answer with the JSON fields that the system prompt asks for, or with a plain text."""
        if request.fields.get("n") not in (None, 1):
            message = "The offline model gives one choice. Take 'n' out of the CREATE MODEL."
            return Outcome(result=Rejection(reason=Reason.UNSUPPORTED_REQUEST, message=message), source="offline")
        wants_json = expectation_of(request).json_object
        content = await asyncio.get_running_loop().run_in_executor(
            self._worker, lambda: answer(request.instructions, request.question, wants_json=wants_json)
        )
        result = Answer(content=content, model=MODEL_NAME, usage=estimated_usage(request, content))
        return Outcome(result=result, source="offline")

    async def models(self) -> Completion:
        """List the one model there is."""
        entry = {"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "modelgateway"}
        return Completion(status=HTTPStatus.OK, body=to_json({"object": "list", "data": [entry]}))

    async def health(self) -> Health:
        """Report `ok`: nothing outside this process can be missing."""
        return Health(upstream="ok", model="ok")

    async def refresh_metrics(self) -> None:
        """Do nothing: no gauge changes by itself."""

    async def close(self) -> None:
        """End the worker thread."""
        self._worker.shutdown(wait=False, cancel_futures=True)
