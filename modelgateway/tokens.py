"""How many tokens a text is, without a tokenizer: an estimate that is rather too high than too low.

Measured with SmolLM2's tokenizer on 8,000 characters: English 1,518 tokens, CJK 15,530, emoji 24,000. A byte-level tokenizer never makes
more tokens than there are bytes in UTF-8, and English words of a vocabulary make far fewer.
"""

from collections.abc import Iterable

from modelgateway.request import Message

ASCII_PER_TOKEN = 3
"""English prose has four to five; tables, numbers and code have fewer."""
TOKENS_OF_A_MESSAGE = 8
"""What a chat template puts around each message."""


def estimate_tokens(text: str) -> int:
    """Return the tokens of a text at most, for nearly every text and tokenizer; 0 for an empty one."""
    plain = sum(map(str.isascii, text))
    # A lone half of a surrogate pair goes upstream as a question mark.
    other = len(text.encode("utf-8", errors="replace")) - plain
    return -(-plain // ASCII_PER_TOKEN) + other


def estimate_request(messages: Iterable[Message]) -> int:
    """Return the tokens of a conversation at most."""
    return sum(estimate_tokens(message.text) + TOKENS_OF_A_MESSAGE for message in messages)
