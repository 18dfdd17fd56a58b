"""Taking secrets out of a text before it is shown."""

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """Return the text with each secret's value replaced by `${secret:NAME}`, also where it is quoted for SQL, JSON or a URL."""
    names = {form: name for name, value in secrets.items() for form in _forms(value)}
    if not names:
        return text
    # The longest first: one secret may hold another.
    pattern = "|".join(re.escape(form) for form in sorted(names, key=len, reverse=True))
    return re.sub(pattern, lambda match: f"${{secret:{names[match.group()]}}}", text)


def _forms(value: str) -> set[str]:
    """Return the ways in which a value can appear in a message; an empty value has none."""
    forms = {value, value.replace("'", "''"), json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value)}
    return forms - {""}
