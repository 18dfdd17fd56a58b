"""Requests: what is accepted, and which field each refusal names."""

import json

import pytest

from modelgateway.errors import AnswerError
from modelgateway.request import Message, parse_request

USER = {"role": "user", "content": "Hello"}


def test_a_request_keeps_model_messages_and_all_other_fields() -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "system", "content": "S"}, USER], "temperature": 0, "stream": False}).encode()
    request = parse_request(body, default_model="other", lane="summaries")
    assert (request.model, request.lane) == ("m", "summaries")
    assert request.messages == (Message(role="system", text="S"), Message(role="user", text="Hello"))
    assert request.fields["temperature"] == 0


def test_a_request_without_a_model_gets_the_default_one() -> None:
    request = parse_request(json.dumps({"messages": [USER]}).encode(), default_model="llama3.1")
    assert request.model == request.fields["model"] == "llama3.1"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("", "", id="empty"),
        pytest.param([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb", id="parts"),
        pytest.param([], "", id="no parts"),
        pytest.param("😀\ud800\x00", "😀\ud800\x00", id="any characters"),
    ],
)
def test_texts_come_as_strings_or_parts(content: object, text: str) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
    assert parse_request(body, default_model="m").messages[0].text == text


def test_an_assistant_turn_may_have_no_content() -> None:
    body = json.dumps({"messages": [{"role": "assistant", "content": None}]}).encode()
    assert parse_request(body, default_model="m").messages[0].text == ""


def refusal(value: object) -> AnswerError:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(AnswerError) as caught:
        parse_request(body, default_model="m")
    return caught.value


@pytest.mark.parametrize(
    ("value", "param", "code"),
    [
        pytest.param(b"", None, "invalid_json", id="empty body"),
        pytest.param(b"{", None, "invalid_json", id="broken JSON"),
        pytest.param(b"\xff\xfe", None, "invalid_json", id="not UTF-8"),
        pytest.param(b'{"a":' * 50_000, None, "invalid_json", id="nested too deep"),
        pytest.param(b'{"messages":[],"temperature":NaN}', None, "invalid_json", id="NaN"),
        pytest.param([USER], None, "invalid_json", id="a list"),
        pytest.param({}, "messages", "invalid_type", id="no messages"),
        pytest.param({"messages": []}, "messages", "invalid_type", id="empty messages"),
        pytest.param({"messages": "Hello"}, "messages", "invalid_type", id="messages a string"),
        pytest.param({"messages": ["Hello"]}, "messages[0]", "invalid_type", id="message a string"),
        pytest.param({"messages": [USER, {"role": "boss", "content": ""}]}, "messages[1].role", "invalid_value", id="unknown role"),
        pytest.param({"messages": [{"role": [], "content": ""}]}, "messages[0].role", "invalid_value", id="role a list"),
        pytest.param({"messages": [{"role": "user"}]}, "messages[0].content", "invalid_type", id="no content"),
        pytest.param({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type", id="content a number"),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0]", "invalid_type", id="an image"
        ),
        pytest.param({"messages": [USER], "model": ""}, "model", "invalid_type", id="empty model"),
        pytest.param({"messages": [USER], "model": 5}, "model", "invalid_type", id="model a number"),
        pytest.param({"messages": [USER], "stream": True}, "stream", "unsupported_value", id="streaming"),
    ],
)
def test_a_wrong_request_is_refused_with_the_field_at_fault(value: object, param: str | None, code: str) -> None:
    error = refusal(value)
    assert (error.status, error.kind, error.param, error.code) == (400, "invalid_request_error", param, code)


def test_a_refusal_does_not_quote_the_request() -> None:
    assert "SECRET-TEXT" not in json.dumps(refusal(b'{"messages": "SECRET-TEXT').body())
