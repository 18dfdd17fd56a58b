"""A secret that nobody chooses: long, its own each time, and the same from then on."""

import re

from components.providers.generated_secret import GeneratedSecretProvider


def made() -> str:
    return str((GeneratedSecretProvider().create({"secret_text": None}).outs or {})["secret_text"])


def test_it_is_long_enough_to_sign_a_token_and_fits_everywhere() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", made())


def test_no_two_are_alike() -> None:
    assert len({made() for _ in range(20)}) == 20


def test_it_stays_as_it_is() -> None:
    assert GeneratedSecretProvider().diff("generated", {"secret_text": made()}, {"secret_text": None}).changes is False
