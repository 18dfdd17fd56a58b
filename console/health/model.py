"""The model, as the model gateway sees it: jobs may run while every answer fails."""

import json
from collections.abc import Mapping
from typing import Any

from console.health.report import ModelHealth
from flinksql.errors import FlinkSqlError
from flinksql.flink.transport import Endpoint, Transport


def observe_model(gateway: Endpoint, name: str) -> ModelHealth:
    """Ask the gateway. Never raises: what cannot be learnt is in the reason."""
    try:
        told = json.loads(Transport(gateway).get("/health").text)
    except (FlinkSqlError, ValueError) as error:
        return ModelHealth(name=name, state="unknown", healthy=False, reason=f"the model gateway does not tell: {error}")
    return judge_model(told if isinstance(told, Mapping) else {}, name)


def judge_model(told: Mapping[str, Any], name: str) -> ModelHealth:
    """Make a verdict of the gateway's `/health`."""
    recent, today = told.get("recent") or {}, told.get("today") or {}
    state, reason = "answers", ""
    if told.get("upstream") != "ok":
        state, reason = "away", f"its server: {told.get('upstream', 'unknown')}"
    elif told.get("model") != "ok":
        state, reason = "missing", f"its server does not list it: check `model.name`, or pull it (model: {told.get('model')})"
    elif told.get("budget") == "exhausted":
        state, reason = "over budget", "the day's budget (UTC) is used up: raise `model.tokensPerDay` or `model.moneyPerDay`, or wait"
    elif recent.get("failing"):
        reasons = ", ".join(f"{count} {why}" for why, count in (recent.get("reasons") or {}).items())
        state, reason = "fails", f"{recent.get('rejected')} of the last {recent.get('asked')} answers were rejected ({reasons})"
    return ModelHealth(name=name, state=state, healthy=not reason, reason=reason, today=_cost(today))


def _cost(today: Mapping[str, Any]) -> str:
    if not today:
        return ""
    money = f", cost {round(float(today['money']), 6)}" if today.get("money") else ""
    return f"{today.get('calls', 0)} calls, {today.get('prompt_tokens', 0)} + {today.get('completion_tokens', 0)} tokens{money}"
