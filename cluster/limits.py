"""Whether the limits of a namespace allow what will run in it: ResourceQuota and LimitRange. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kubernetes.utils import quantity

Json = Mapping[str, Any]
Amounts = Mapping[str, Decimal]
_parse: Callable[[str], Decimal] = quantity.parse_quantity
_PLAIN = {"cpu": "requests.cpu", "memory": "requests.memory"}
"""A quota's short names."""
_CLASS = ".storageclass.storage.k8s.io/"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container that will run: its pod, and its requests and limits (`cpu`, `memory`)."""

    name: str
    requests: Amounts
    limits: Amounts


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a namespace will contain. `claims` are volumes by name; `storage_class` is that of all volumes, empty for the default."""

    pods: Mapping[str, Sequence[Container]] = field(default_factory=dict)
    claims: Mapping[str, Decimal] = field(default_factory=dict)
    storage_class: str = ""

    @property
    def amounts(self) -> dict[str, Decimal]:
        """The totals by a quota's resource names."""
        containers = [one for some in self.pods.values() for one in some]
        told = {"pods": Decimal(len(self.pods)), "persistentvolumeclaims": Decimal(len(self.claims))}
        for kind in ("cpu", "memory"):
            told[f"requests.{kind}"] = sum((one.requests.get(kind, Decimal(0)) for one in containers), Decimal(0))
            told[f"limits.{kind}"] = sum((one.limits.get(kind, Decimal(0)) for one in containers), Decimal(0))
        told["requests.storage"] = sum(self.claims.values(), Decimal(0))
        if self.storage_class:
            told[f"{self.storage_class}{_CLASS}requests.storage"] = told["requests.storage"]
            told[f"{self.storage_class}{_CLASS}persistentvolumeclaims"] = told["persistentvolumeclaims"]
        return told


def amount(text: object) -> Decimal:
    """Return a Kubernetes quantity as a number."""
    return _parse(str(text))


def container_of(name: str, resources: Json) -> Container:
    """Return the container of a manifest, or of a running pod."""

    def read(kind: str) -> dict[str, Decimal]:
        return {key: amount(value) for key, value in (resources.get(kind) or {}).items()}

    return Container(name=name, requests=read("requests"), limits=read("limits"))


def quota_problems(quotas: Sequence[Json], demand: Demand, present: Demand) -> Iterator[str]:
    """Yield which quotas the demand exceeds. `present` is the part of it that already exists and counts as used.

    A quota with a scope counts only some pods, so it is skipped.
    """
    wanted, there = demand.amounts, present.amounts
    for quota in quotas:
        spec, used = quota.get("spec") or {}, (quota.get("status") or {}).get("used") or {}
        if spec.get("scopes") or spec.get("scopeSelector"):
            continue
        for name, hard in (spec.get("hard") or {}).items():
            key = _PLAIN.get(name, name)
            if key not in wanted:
                continue
            others = max(amount(used.get(name, "0")) - there.get(key, Decimal(0)), Decimal(0))
            if others + wanted[key] > amount(hard):
                more = f", of which others use {_written(key, others)}" if others else ""
                allowed = f"ResourceQuota {quota['metadata']['name']} allows {name} {hard}{more}"
                yield f"{allowed}, and the stack needs {_written(key, wanted[key])}"


def limit_range_problems(ranges: Sequence[Json], demand: Demand) -> Iterator[str]:
    """Yield which container, pod or volume claim a LimitRange refuses."""
    for one in ranges:
        title = f"LimitRange {one['metadata']['name']}"
        for item in (one.get("spec") or {}).get("limits") or ():
            if item.get("type") == "PersistentVolumeClaim":
                yield from (
                    f"{title} {how}"
                    for name, size in demand.claims.items()
                    for how in _outside(item, f"volume claim {name}", {"storage": size})
                )
                continue
            for pod, containers in demand.pods.items():
                for part in containers if item.get("type") == "Container" else [_sum(pod, containers)]:
                    yield from (f"{title} {how}" for how in _refused(item, pod, part))


def _refused(item: Json, pod: str, part: Container) -> Iterator[str]:
    what = f"{str(item.get('type')).lower()} {part.name}" + (f" of {pod}" if part.name != pod else "")
    yield from _outside({"max": item.get("max")}, what, part.limits)
    yield from _outside({"min": item.get("min")}, what, part.requests)
    for kind, ratio in (item.get("maxLimitRequestRatio") or {}).items():
        request, limit = part.requests.get(kind), part.limits.get(kind)
        if request and limit and limit / request > amount(ratio):
            yield f"allows a {kind} limit of {ratio} times the request, and {what} has {(limit / request).normalize():f} times"


def _outside(item: Json, what: str, has: Amounts) -> Iterator[str]:
    for kind, most in (item.get("max") or {}).items():
        if kind in has and has[kind] > amount(most):
            yield f"allows at most {kind} {most}, and {what} has {_written(kind, has[kind])}"
    for kind, least in (item.get("min") or {}).items():
        if kind in has and has[kind] < amount(least):
            yield f"asks for at least {kind} {least}, and {what} has {_written(kind, has[kind])}"


def _sum(pod: str, containers: Sequence[Container]) -> Container:
    def total(parts: Sequence[Amounts]) -> dict[str, Decimal]:
        return {kind: sum((one.get(kind, Decimal(0)) for one in parts), Decimal(0)) for kind in ("cpu", "memory")}

    return Container(name=pod, requests=total([one.requests for one in containers]), limits=total([one.limits for one in containers]))


def _written(name: str, value: Decimal) -> str:
    """Format an amount as in a manifest: `1350m` of CPU, `6912Mi` of memory or disk."""
    if name.endswith("cpu"):
        return f"{int(value * 1000)}m"
    return f"{int(value / 2**20)}Mi" if name.endswith(("memory", "storage")) else f"{int(value)}"
