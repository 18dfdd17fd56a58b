"""What must be so before anything is declared on a cluster: it is the one that is meant, and the settings fit together."""

from cluster.contexts import find_context
from cluster.errors import KubeconfigError
from settings import Settings, SettingsError


def require_deployable(settings: Settings, stack: str) -> None:
    """Look at the kubeconfig; nothing is sent. Raises SettingsError with every problem."""
    problems = [*_promotion(settings, stack), *_context(settings)]
    if problems:
        raise SettingsError(problems)


def _promotion(settings: Settings, stack: str) -> list[str]:
    if settings.kubernetes.promoted_from != stack:
        return []
    return [f"promotion.from is {stack}, this very stack: name the stage before it, or remove the key where images are built"]


def _context(settings: Settings) -> list[str]:
    where = settings.kubernetes.cluster
    try:
        context = find_context(where.context, where.kubeconfig)
    except KubeconfigError as error:
        advice = f"; {error.advice}" if error.advice else ""
        return [f"kubernetes.context is {where.context!r}: {error}{advice}"]
    if context.is_local or where.allow_remote:
        return []
    what = f"kubernetes.context is {where.context!r} at {context.server}, which does not look like a cluster on this machine"
    return [f"{what}: nothing is deployed there by mistake. If it is meant: `pulumi config set kubernetes.allowRemote true`"]
