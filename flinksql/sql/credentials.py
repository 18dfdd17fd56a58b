"""Options by which a connector proves who it is: they say nothing of what is read or written, nor of how."""

import re

from flinksql.sql.tokens import TokenKind, tokenise

_KEY = re.compile(
    r"(?:^|[.\-_])(?:password|passwd|passphrase|pwd|username|secret|token|credentials?|user-info|jaas\.config"
    r"|(?:secret|api|access|account|private)[-_.]?key(?:[-_.]?id)?)\Z",
    re.IGNORECASE,
)
"""The end of a key. One that only has such a word in it is another option: `page-token.size`, `secrets-manager`."""


def is_credential(key: str) -> bool:
    """Return whether the key of an option says that its value is a user's name, a password or a key."""
    return _KEY.search(key) is not None


def without_credentials(sql: str) -> str:
    """Return a statement with nothing in place of the values of such options."""
    tokens = tokenise(sql).tokens
    for key, sign, value in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        if sign.text == "=" and {key.kind, value.kind} == {TokenKind.STRING} and is_credential(key.value):
            sql = f"{sql[: value.start]}''{sql[value.end :]}"
    return sql
