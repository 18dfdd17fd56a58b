"""Answers and errors of five kinds of server, in the shapes that their documentation and sources give, and what becomes of a row.

Written after the OpenAI API reference and its guide to error codes, Ollama's docs/openai.md and server/routes.go, vLLM's protocol.py, its
error handler and its issues 4667 and 33418, llama.cpp's tools/server/README.md and utils.hpp, LiteLLM's proxy docs (error reference). None
was recorded from a running server here; what a real llama.cpp server answers is in the tests that start one.
"""

import json

import pytest

from modelgateway.rejection import RECORD_KEY
from tests.fakes.model_server import SUMMARY, Call, Reply, model_server, summary
from tests.support.model_gateway import COMPLETIONS, ask, body_for, gateway, settings_for

CONTENT = json.dumps(SUMMARY)


def plain(value: object, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode())


OPENAI = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-4.1-2025-04-14",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": CONTENT, "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 119,
        "completion_tokens": 10,
        "total_tokens": 129,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
    "service_tier": "default",
}
OLLAMA = {
    "id": "chatcmpl-738",
    "object": "chat.completion",
    "created": 1764000000,
    "model": "llama3.1",
    "system_fingerprint": "fp_ollama",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": CONTENT}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 119, "completion_tokens": 10, "total_tokens": 129},
}
VLLM = {
    "id": "chatcmpl-5d1a",
    "object": "chat.completion",
    "created": 1764000000,
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "reasoning_content": None, "content": CONTENT, "tool_calls": []},
            "logprobs": None,
            "finish_reason": "stop",
            "stop_reason": None,
        }
    ],
    "usage": {"prompt_tokens": 119, "total_tokens": 129, "completion_tokens": 10, "prompt_tokens_details": None},
    "prompt_logprobs": None,
}
LLAMA_CPP = {
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": CONTENT}}],
    "created": 1764000000,
    "model": "smollm2",
    "system_fingerprint": "b6000",
    "object": "chat.completion",
    "usage": {"completion_tokens": 10, "prompt_tokens": 119, "total_tokens": 129},
    "id": "chatcmpl-x",
    "timings": {"prompt_n": 119, "predicted_n": 10},
}
LITELLM = {**OLLAMA, "choices": [{**OLLAMA["choices"][0], "provider_specific_fields": {}}], "id": "chatcmpl-litellm"}  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(OPENAI, id="OpenAI"),
        pytest.param(OLLAMA, id="Ollama"),
        pytest.param(VLLM, id="vLLM"),
        pytest.param(LLAMA_CPP, id="llama.cpp"),
        pytest.param(LITELLM, id="LiteLLM"),
    ],
)
def test_an_answer_keeps_its_model_and_its_tokens(body: dict[str, object]) -> None:
    with model_server(lambda _call: plain(body)) as server, gateway(settings_for(server.url)) as client:
        answer = client.post(COMPLETIONS, json=body_for()).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == SUMMARY
    assert (answer["model"], answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"]) == (body["model"], 119, 10)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        pytest.param(
            401,
            {"error": {"message": "Incorrect API key provided: sk-x.", "type": "invalid_request_error", "code": "invalid_api_key"}},
            "key_refused",
            id="OpenAI: key",
        ),
        pytest.param(
            400,
            {
                "error": {
                    "message": "This model's maximum context length is 128000 tokens.",
                    "type": "invalid_request_error",
                    "code": "context_length_exceeded",
                }
            },
            "input_too_long",
            id="OpenAI: context",
        ),
        pytest.param(
            429,
            {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}},
            "budget",
            id="OpenAI: quota",
        ),
        pytest.param(
            404,
            {"error": {"message": 'model "llama3.1" not found, try pulling it first', "type": "api_error", "param": None, "code": None}},
            "model_not_found",
            id="Ollama: not pulled",
        ),
        pytest.param(
            400,
            {"object": "error", "message": "maximum context length is 4096 tokens", "type": "BadRequestError", "code": 400},
            "input_too_long",
            id="vLLM: context, as before 0.11",
        ),
        pytest.param(
            404,
            {"error": {"message": "The model `x` does not exist.", "type": "NotFoundError", "param": None, "code": 404}},
            "model_not_found",
            id="vLLM: model",
        ),
        pytest.param(
            400,
            {"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}},
            "input_too_long",
            id="llama.cpp: context",
        ),
        pytest.param(
            400,
            {
                "error": {
                    "code": 400,
                    "message": "request (4476 tokens) exceeds the available context size (4096 tokens), try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 4476,
                    "n_ctx": 4096,
                }
            },
            "input_too_long",
            id="llama.cpp: context, with its numbers",
        ),
        pytest.param(
            401,
            {"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}},
            "key_refused",
            id="llama.cpp: key",
        ),
        pytest.param(
            400,
            {
                "error": {
                    "message": "This model's maximum context length is 2048 tokens. However, your request has 8000 input tokens.",
                    "type": "BadRequestError",
                    "param": "input_tokens",
                    "code": 400,
                }
            },
            "input_too_long",
            id="vLLM: context, as now",
        ),
        pytest.param(
            401,
            {"error": "Unauthorized"},
            "key_refused",
            id="vLLM: key",
        ),
        pytest.param(
            400,
            {
                "error": {
                    "message": "litellm.ContextWindowExceededError: This model's maximum context length is 4097 tokens.",
                    "type": None,
                    "param": None,
                    "code": "400",
                }
            },
            "input_too_long",
            id="LiteLLM: context",
        ),
        pytest.param(
            401,
            {"error": {"message": "Authentication Error, Invalid proxy server token passed.", "type": "auth_error", "code": "401"}},
            "key_refused",
            id="LiteLLM: key",
        ),
        pytest.param(
            400,
            {"error": {"message": "litellm.ContentPolicyViolationError: flagged", "type": None, "param": None, "code": "400"}},
            "content_filter",
            id="LiteLLM: content policy in a class name",
        ),
        pytest.param(
            400,
            {"error": {"message": "Budget has been exceeded! Current cost: 10, Max budget: 10", "type": "budget_exceeded", "code": "400"}},
            "budget",
            id="LiteLLM: budget",
        ),
    ],
)
def test_an_error_gets_its_reason_and_keeps_its_words(status: int, body: dict[str, object], told: str) -> None:
    with model_server(lambda _call: plain(body, status)) as server, gateway(settings_for(server.url)) as client:
        content = ask(client)
    record = content[RECORD_KEY]
    assert isinstance(record, dict)
    assert (record["reason"], record["status"]) == (told, status)
    assert "no message" not in record["message"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(
            429,
            {
                "error": {
                    "message": "Rate limit reached for gpt-4.1 in organization org-x on tokens per min (TPM): Limit 30000, Used 29000.",
                    "type": "tokens",
                    "param": None,
                    "code": "rate_limit_exceeded",
                }
            },
            id="OpenAI: tokens a minute",
        ),
        pytest.param(
            500,
            {"error": {"message": "The server had an error while processing your request.", "type": "server_error", "code": None}},
            id="OpenAI: an error of its own",
        ),
        pytest.param(
            503,
            {"error": {"message": "server busy, please try again.  maximum pending requests exceeded", "type": "api_error", "code": None}},
            id="Ollama: its queue is full",
        ),
        pytest.param(
            500,
            {"error": {"message": "llama runner process has terminated: signal: killed", "type": "api_error", "param": None, "code": None}},
            id="Ollama: the runner was killed",
        ),
        pytest.param(
            503,
            {"error": {"message": "EngineCore encountered an issue.", "type": "ServiceUnavailableError", "param": None, "code": 503}},
            id="vLLM: the engine is down",
        ),
        pytest.param(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, id="llama.cpp: loading"),
        pytest.param(
            429,
            {
                "error": {
                    "message": "litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached",
                    "type": "throttling_error",
                    "param": None,
                    "code": "429",
                }
            },
            id="LiteLLM: rate limit of the server behind it",
        ),
        pytest.param(
            408,
            {"error": {"message": "litellm.Timeout: APITimeoutError - Request timed out.", "type": None, "param": None, "code": "408"}},
            id="LiteLLM: time-out of the server behind it",
        ),
    ],
)
def test_trouble_of_a_server_that_passes_is_asked_again(status: int, body: dict[str, object]) -> None:
    def once(call: Call) -> Reply:
        return plain(body, status) if call.time == 0 else Reply(body=summary())

    with model_server(once) as server, gateway(settings_for(server.url)) as client:
        assert ask(client) == SUMMARY
        assert len(server.calls) == 2
