"""A chat completion request as it came in, checked as far as every backend needs it (OpenAI API reference, "Create chat completion")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from modelgateway.errors import invalid_request


@dataclass(frozen=True, kw_only=True)
class Message:
    """`text` joins the text parts of the content with a line break; empty when there is none."""

    role: str
    text: str


ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


@dataclass(frozen=True, kw_only=True)
class CompletionRequest:
    """What is asked. `fields` is the whole JSON object, for a backend that passes it on; `lane` is empty outside of lanes."""

    model: str
    messages: tuple[Message, ...]
    fields: Mapping[str, object]
    lane: str = ""

    @property
    def instructions(self) -> str:
        """The system prompt."""
        return "\n".join(message.text for message in self.messages if message.role in {"system", "developer"})

    @property
    def question(self) -> str:
        """What the user says: the text that the model is asked about."""
        return "\n".join(message.text for message in self.messages if message.role == "user")


def parse_request(body: bytes, *, default_model: str, lane: str = "") -> CompletionRequest:
    """Read a request body. A request without a model gets the default one. Raises AnswerError (400) that says which field is wrong."""
    fields = _parse_object(body)
    if fields.get("stream"):
        raise invalid_request(
            "Streaming is not supported by this gateway. Send the request without 'stream'.", param="stream", code="unsupported_value"
        )
    model = fields.get("model", default_model)
    if not isinstance(model, str) or not model:
        raise invalid_request("'model' must be a non-empty string.", param="model", code="invalid_type")
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid_request("'messages' must be a list with at least one message.", param="messages", code="invalid_type")
    turns = tuple(_parse_message(message, f"messages[{index}]") for index, message in enumerate(messages))
    return CompletionRequest(model=model, messages=turns, fields={**fields, "model": model}, lane=lane)


def _parse_object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # The parser's own message may quote the text, so only the fact is told.
        raise invalid_request("The request body is not JSON in UTF-8.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise invalid_request("The request body must be a JSON object.", code="invalid_json")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse_message(value: object, place: str) -> Message:
    if not isinstance(value, dict):
        raise invalid_request(f"'{place}' must be an object.", param=place, code="invalid_type")
    role = value.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise invalid_request(f"'{place}.role' must be one of {', '.join(sorted(ROLES))}.", param=f"{place}.role", code="invalid_value")
    return Message(role=role, text=_parse_content(value.get("content"), f"{place}.content", optional=role == "assistant"))


def _parse_content(content: object, place: str, *, optional: bool) -> str:
    if content is None and optional:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid_request(f"'{place}' must be a string or a list of text parts.", param=place, code="invalid_type")
    return "\n".join(_parse_part(part, f"{place}[{index}]") for index, part in enumerate(content))


def _parse_part(part: object, place: str) -> str:
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    if not isinstance(text, str):
        raise invalid_request(f"'{place}' must be a text part: this gateway carries texts only.", param=place, code="invalid_type")
    return text
