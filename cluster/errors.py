"""The errors that leave this package. Every message says what failed and where; `advice` says what to do next."""


class ClusterError(Exception):
    """Base of all errors of this package. `str(error)` and `advice` are messages for users, and hold no credential."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        self.advice = advice
        super().__init__(message)


class KubeconfigError(ClusterError):
    """The kubeconfig cannot be read, lacks the context, or its credentials cannot be determined."""


class ApiServerUnreachableError(ClusterError):
    """The API server did not answer: connection refused, no route, a certificate that is not accepted, a timeout. May be temporary."""


class ApiServerRefusedError(ClusterError):
    """The API server answered with an error. `status` is HTTP's code, `reason` Kubernetes' word for it (Forbidden, NotFound ...)."""

    def __init__(self, message: str, *, status: int, reason: str, advice: str = "") -> None:
        self.status = status
        self.reason = reason
        super().__init__(message, advice=advice)


class ApiServerForbiddenError(ApiServerRefusedError):
    """The user of the context lacks a right. Code that only reads continues without it, and says so."""


class PortForwardError(ClusterError):
    """A port of this machine cannot be forwarded: another program holds it, or no pod can answer."""
