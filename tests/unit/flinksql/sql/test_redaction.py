"""What is left of a secret in a text that is shown."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.sql import redact

SECRETS = {"KEY": "sk-'12\\9/z", "CERTIFICATE": "-----BEGIN\nfirst line\nlast <line>\n-----END", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("key sk-'12\\9/z sent", "key ${secret:KEY} sent", id="verbatim"),
        pytest.param("'api-key' = 'sk-''12\\9/z'", "'api-key' = '${secret:KEY}'", id="doubled quote"),
        pytest.param('"sk-\'12\\\\9/z"', '"${secret:KEY}"', id="JSON"),
        pytest.param("sk-\\'12\\\\9/z", "${secret:KEY}", id="escaped for Java"),
        pytest.param("?key=sk-%2712%5C9%2Fz", "?key=${secret:KEY}", id="in a URL"),
        pytest.param("?key=sk-%2712%5c9%2fz", "?key=${secret:KEY}", id="in a URL, small digits"),
        pytest.param("sk-&#x27;12\\9/z", "${secret:KEY}", id="in a page"),
        pytest.param("last &lt;line&gt; is wrong", "${secret:CERTIFICATE} is wrong", id="one line of several, in a page"),
        pytest.param("near 'first line'", "near '${secret:CERTIFICATE}'", id="one line of several"),
        pytest.param("-----BEGIN first line last <line> -----END", "${secret:CERTIFICATE}", id="joined lines"),
        pytest.param("refused key sk-'12\\ ...", "refused key ${secret:KEY} ...", id="cut off"),
        pytest.param("refused key sk-'12", "refused key ${secret:KEY}", id="cut off at the end"),
        pytest.param(
            "Incorrect API key provided: sk-'1****9.", "Incorrect API key provided: ${secret:KEY}****9.", id="half hidden by the server"
        ),
        pytest.param("sk-' is no beginning of it", "sk-' is no beginning of it", id="the same beginning of something else"),
        pytest.param("nothing", "nothing", id="nothing to hide"),
    ],
)
def test_secrets_are_taken_out_of_texts(text: str, expected: str) -> None:
    assert redact(text, SECRETS) == expected


def test_a_value_with_quotes_is_taken_out_of_a_page_that_escapes_only_angles() -> None:
    assert redact("it's a&lt;b", {"KEY": "it's a<b"}) == "${secret:KEY}"


def test_the_longer_of_two_secrets_is_taken_out_whole() -> None:
    assert redact("abcd", {"A": "ab", "B": "abcd"}) == "${secret:B}"


@given(value=st.text(alphabet=st.characters(codec="utf-8"), min_size=8, max_size=40), before=st.text(max_size=5), after=st.text(max_size=5))
def test_no_quoting_shows_a_value(value: str, before: str, after: str) -> None:
    for form in (value, value.replace("'", "''"), json.dumps(value)[1:-1], repr(value)[1:-1], quote_plus(value)):
        left = redact(f"{before}{form}{after}", {"KEY": value})
        assert "${secret:KEY}" in left
        assert form not in left.replace("${secret:KEY}", "")
