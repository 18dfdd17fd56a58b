"""A dynamic resource that does nothing: what the engine and its Python host cost by themselves."""

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class NoOpProvider(ResourceProvider):
    """Never changes anything."""

    # As in ours: the engine then has no ciphertext to open for each resource.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Return the inputs back as outputs."""
        return CreateResult(id_="no-op", outs=props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Find no difference."""
        return DiffResult(changes=False)


class NoOp(Resource, module="benchmark", name="NoOp"):
    """One such resource. `text` is as long as a small SQL statement."""

    def __init__(self, name: str) -> None:
        super().__init__(NoOpProvider(), name, {"text": f"{name}: ".ljust(400, "x")})
