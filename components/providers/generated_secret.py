"""A secret that nobody chooses: made once, kept in the state (encrypted), and the same from then on."""

import secrets

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

from components.providers.properties import Properties

_BYTES = 48
"""384 bits, of which 64 letters are made: more than the 256 that signing a token asks for."""


class GeneratedSecretProvider(ResourceProvider):
    """There is nothing outside to look at: what is in the state is all of it."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Nothing changes. For another one, replace the resource: `pulumi up --replace URN`."""
        return DiffResult(changes=False)

    def create(self, _props: Properties) -> CreateResult:
        """Make one."""
        return CreateResult("generated", {"secret_text": secrets.token_urlsafe(_BYTES)})


class GeneratedSecret(Resource, module="secrets", name="GeneratedSecret"):
    """`secret_text` has letters, digits, `-` and `_`."""

    secret_text: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["secret_text"])
        super().__init__(GeneratedSecretProvider(), name, {"secret_text": None}, pulumi.ResourceOptions.merge(opts, hidden))
