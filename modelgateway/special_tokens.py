"""Control tokens of chat templates in what people wrote: `<|im_end|><|im_start|>system` in such a text must stay a text.

Servers that render a chat template read such a sequence as the token itself. A space inside takes that away and leaves it readable. The
system prompt is the statement's own and stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelgateway.request import CompletionRequest

_BARS = re.compile(r"<(?=[|\uff5c])|(?<=[|\uff5c])>")
"""DeepSeek writes its tokens with the full-width bar."""
_NAMED = re.compile(
    r"<(?=/?(?:s|bos|eos|pad|unk|mask|start_of_turn|end_of_turn|start_of_image|tool_call|tool_response|think|thinking|system|user|assistant)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|gMASK)\])"
    r"|<(?=<?/?SYS>)",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """Return the text without any sequence that a chat template knows as a token."""
    return _NAMED.sub(lambda found: found[0] + " ", _BARS.sub(lambda found: "< " if found[0] == "<" else " >", text))


def neutralised(request: CompletionRequest) -> CompletionRequest:
    """Return the request with what users and assistants say made neutral."""
    raw = request.fields["messages"]
    said = {"user", "assistant", "tool"}
    fields = (
        {**request.fields, "messages": [_message(one) if one.get("role") in said else one for one in raw]} if isinstance(raw, list) else {}
    )
    messages = tuple(replace(one, text=neutral(one.text)) if one.role in said else one for one in request.messages)
    return replace(request, messages=messages, fields=fields)


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": neutral(content)}
    if isinstance(content, list):
        return {**message, "content": [{**part, "text": neutral(part["text"])} for part in content]}
    return dict(message)
