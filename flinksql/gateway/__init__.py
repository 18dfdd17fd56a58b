"""Speaking to Flink's SQL Gateway over REST, and understanding what it refuses."""

from flinksql.gateway.client import GatewayClient, GatewayLimits, GatewaySession, StatementResult
from flinksql.gateway.errors import DuplicateJobError, JobManagerDownError, ProblemKind, RefusedError, ServerProblem, SessionLostError
from flinksql.gateway.shared import SharedSession, SharedSessions

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
