"""The client of Flink's SQL Gateway over REST, and what its refusals mean."""

from flinksql.flink.gateway.client import GatewayClient, GatewayLimits, GatewaySession, StatementResult
from flinksql.flink.gateway.errors import DuplicateJobError, JobManagerDownError, ProblemKind, RefusedError, ServerProblem, SessionLostError
from flinksql.flink.gateway.shared import SharedSession, SharedSessions

__all__ = [
    "DuplicateJobError",
    "GatewayClient",
    "GatewayLimits",
    "GatewaySession",
    "JobManagerDownError",
    "ProblemKind",
    "RefusedError",
    "ServerProblem",
    "SessionLostError",
    "SharedSession",
    "SharedSessions",
    "StatementResult",
]
