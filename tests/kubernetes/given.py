"""How a run on a cluster is set up, from environment variables. Only the context must be given."""

import os
from dataclasses import dataclass

CONTEXT = "FLINK_REVIEWS_CONTEXT"
CHART = "FLINK_REVIEWS_OPERATOR_CHART"
LINE = "FLINK_REVIEWS_FLINK_LINE"
MODEL = "FLINK_REVIEWS_MODEL_KIND"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The cluster (an empty `kubeconfig` is kubectl's own), the operator's chart (empty: the pinned release's), Flink line and model.

    The offline model needs no weights; with `ollama` a model is pulled that has to fit the memory below.
    """

    context: str
    kubeconfig: str
    chart: str
    flink_line: str
    model_kind: str


def setting() -> Setting | None:
    """Read the environment; None when no cluster is named."""
    context = os.environ.get(CONTEXT, "")
    if not context:
        return None
    return Setting(
        context=context,
        kubeconfig=os.environ.get("KUBECONFIG", ""),
        chart=os.environ.get(CHART, ""),
        flink_line=os.environ.get(LINE, "2.1"),
        model_kind=os.environ.get(MODEL, "offline"),
    )
