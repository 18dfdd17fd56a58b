"""Why a volume claim finds no volume."""

from collections.abc import Iterator

from cluster.diagnosis.finding import Suspicion
from cluster.diagnosis.snapshot import Json, Snapshot, name_of

DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_CLASS_SECONDS = 10.0
_PROVISIONING_SECONDS = 45.0
"""Provisioners retry after some seconds, and a slow one reports failures before it succeeds."""


def claim_suspicions(claim: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield what keeps a claim from being bound; nothing if it only waits for its pod."""
    if (claim.get("status") or {}).get("phase") != "Pending" or (claim.get("spec") or {}).get("volumeName"):
        return
    missing = _missing_class(claim, snapshot)
    if missing:
        cause, next_step = missing
        yield _suspicion(claim, cause, next_step, _CLASS_SECONDS)
        return
    failed = [one for one in snapshot.events_about("PersistentVolumeClaim", claim) if one.get("reason") == "ProvisioningFailed"]
    if failed:
        said = " ".join(str(failed[-1].get("message") or "").split())[:300]
        yield _suspicion(claim, f"no volume can be made: {said}", "look at the storage provisioner of the cluster", _PROVISIONING_SECONDS)


def claim_status(claim: Json) -> str:
    """Describe the status of a claim in a few words."""
    return f"volume claim {name_of(claim)}: {(claim.get('status') or {}).get('phase') or 'Pending'}"


def default_classes(snapshot: Snapshot) -> list[str]:
    """Return the names of the classes that a claim without one gets."""
    annotated = ((name_of(one), one["metadata"].get("annotations") or {}) for one in snapshot.storage_classes or ())
    return [name for name, annotations in annotated if any(annotations.get(key) == "true" for key in DEFAULT_CLASS)]


def _missing_class(claim: Json, snapshot: Snapshot) -> tuple[str, str] | None:
    wanted = (claim.get("spec") or {}).get("storageClassName")
    if snapshot.storage_classes is None:
        return None
    known = sorted(name_of(one) for one in snapshot.storage_classes)
    there = f"storage classes there are: {', '.join(known) or 'none'}"
    if not wanted:
        if default_classes(snapshot):
            return None
        return (
            f"the cluster has no default storage class ({there})",
            "install a provisioner, or run `down`, which removes the claims, and set `kubernetes.storageClass` to one of them",
        )
    if wanted in known:
        return None
    return (
        f"there is no storage class {wanted!r} ({there})",
        "a claim cannot be changed: run `down`, and set `kubernetes.storageClass` to one of them",
    )


def _suspicion(claim: Json, cause: str, next_step: str, patience_seconds: float) -> Suspicion:
    return Suspicion(
        key=f"claim/{name_of(claim)}",
        about=f"volume claim {name_of(claim)}",
        cause=cause,
        next_step=next_step,
        patience_seconds=patience_seconds,
    )
