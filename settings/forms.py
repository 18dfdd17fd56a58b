"""What texts of Kubernetes, Docker and Kafka must look like: amounts, names, images, labels and the like."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated

from options.option import Form, shaped

_SUBDOMAIN = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
_WORD = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"({_SUBDOMAIN}/)?{_WORD}")
_LABEL = re.compile(rf"({_WORD})?")
_NAMES = re.compile(rf"{_SUBDOMAIN}(,{_SUBDOMAIN})*")
_TOLERATION = re.compile(rf"(?P<key>({_SUBDOMAIN}/)?{_WORD})?(=(?P<value>{_WORD}))?(:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute))?")
_OBJECT = r"([A-Za-z]{1,63}/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f]{16})"
_REPOSITORY = r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[0-9]{2,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+"
_SERVER = r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?:[0-9]{2,5}"
_SHARE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def _share(text: str) -> float | None:
    return float(text) if _SHARE.fullmatch(text) and float(text) <= 1 else None


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _listed(allowed: str, shape: str) -> Form:
    pattern = re.compile(f"{shape}(,{shape})*")
    return Form(f"{allowed}, several separated by commas", lambda text: _split(text) if pattern.fullmatch(text) else None)


def _networks(text: str) -> tuple[str, ...] | None:
    try:
        return tuple(str(ipaddress.ip_network(one)) for one in text.split(","))
    except ValueError:
        return None


def _pairs(is_value: Callable[[str], bool]) -> Callable[[str], dict[str, str] | None]:
    def read(text: str) -> dict[str, str] | None:
        found = _object(text) if text.startswith("{") else _name_values(text)
        if found is None or not all(_KEY.fullmatch(key) and is_value(value) for key, value in found.items()):
            return None
        return dict(sorted(found.items()))

    return read


def _name_values(text: str) -> dict[str, str] | None:
    pairs = [one.partition("=") for one in text.split(",")]
    return {key: value for key, _, value in pairs} if all(sign for _, sign, _ in pairs) else None


def _object(text: str) -> dict[str, str] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) and all(isinstance(value, str) for value in read.values()) else None


def _tolerations(text: str) -> tuple[dict[str, str], ...] | None:
    found = [_TOLERATION.fullmatch(one) if one else None for one in text.split(",")]
    read = tuple(_toleration(one) for one in found if one is not None)
    return read if len(read) == len(found) else None


def _toleration(found: re.Match[str]) -> dict[str, str]:
    key, value, effect = found["key"], found["value"], found["effect"]
    read = {"operator": "Equal" if value else "Exists", "key": key, "value": value, "effect": effect}
    return {name: text for name, text in read.items() if text}


Share = Annotated[float, Form("a number from 0 to 1, such as 0.9", _share)]
Quantity = Annotated[
    str,
    shaped("an amount as Kubernetes writes it, such as 512Mi or 10Gi", re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?(M|G|T|Mi|Gi|Ti)")),
]
"""Memory or disk."""
Cpus = Annotated[
    str,
    shaped(
        "a number of CPUs as Kubernetes writes it, such as 2 or 500m",
        re.compile(r"(?!0+(\.0+)?m?$)([0-9]{1,3}(\.[0-9]{1,3})?|[0-9]{1,6}m)"),
    ),
]
ObjectName = Annotated[
    str, shaped("a name of lower-case letters, digits and `-`, at most 63 long", re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"))
]
ClusterObjectName = Annotated[str, shaped("the name of an object", re.compile(_SUBDOMAIN))]
"""Of an object of the whole cluster, whose name may have dots in it."""
SECRET_KEY = re.compile(rf"{_SUBDOMAIN}/[A-Za-z0-9_.-]{{1,253}}")
SecretKey = Annotated[str, shaped("a Secret of the namespace and a key in it, such as openai/api-key", SECRET_KEY)]
ObjectNames = Annotated[
    tuple[str, ...], Form("names of objects, separated by commas", lambda text: _split(text) if _NAMES.fullmatch(text) else None)
]
Objects = Annotated[tuple[str, ...], _listed("objects as Kind/name or ids of stacks", _OBJECT)]
Networks = Annotated[tuple[str, ...], Form("networks like 10.0.0.0/28, several separated by commas", _networks)]
Approvals = Annotated[tuple[str, ...], _listed("hashes of changes as `preview` prints them", "c[0-9a-f]{11}")]
Servers = Annotated[str, shaped("host:port, several separated by commas", re.compile(f"{_SERVER}(,{_SERVER})*"))]
TopicPrefix = Annotated[str, shaped("at most 100 letters, digits, `.`, `_` and `-`", re.compile(r"[a-zA-Z0-9._-]{1,100}"))]
Repository = Annotated[str, shaped("a registry and a name, without a tag", re.compile(_REPOSITORY))]
ImageReference = Annotated[
    str,
    shaped(
        "an image by digest (registry/name@sha256:...)",
        re.compile(_REPOSITORY + r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}"),
    ),
]
Labels = Annotated[
    Mapping[str, str],
    Form("labels as name=value, several separated by commas", _pairs(lambda value: _LABEL.fullmatch(value) is not None)),
]
_OPTION = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")


def _options(text: str) -> dict[str, str] | None:
    found = _object(text) if text.startswith("{") else _name_values(text)
    if found is None or not all(_OPTION.fullmatch(name) and value and value.isprintable() for name, value in found.items()):
        return None
    return dict(sorted(found.items()))


ClientOptions = Annotated[
    Mapping[str, str], Form("options as name=value, several separated by commas; a JSON object where a value has a comma", _options)
]
Annotations = Annotated[
    Mapping[str, str],
    Form("annotations as name=value, several separated by commas; a JSON object where a value has a comma", _pairs(str.isprintable)),
]
Tolerations = Annotated[
    tuple[Mapping[str, str], ...],
    Form("tolerations as key=value:Effect, key:Effect or key, several separated by commas", _tolerations),
]
"""Written as `kubectl taint` writes taints."""
