"""What a pod's template shows of a secret, so that its pods start anew when the secret changes."""

import hashlib

import pulumi

_SALT = b"flink-reviews"
_BYTES = 4


def fingerprint(secret: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return eight digits that change with the secret. They are no secret: else the whole pod would be one, and no preview could show it.

    Few and slow to make, so that they tell nothing of a key that could be guessed.
    """
    return pulumi.Output.unsecret(pulumi.Output.from_input(secret).apply(_digits))


def _digits(text: str) -> str:
    return hashlib.scrypt(text.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=_BYTES).hex()
