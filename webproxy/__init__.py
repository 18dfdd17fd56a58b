"""A loopback proxy before pages that have no lock of their own: it asks for a token, and turns pages of other sites away."""

from webproxy.guard import AccessGuard
from webproxy.proxy import Upstream, application

__all__ = ["AccessGuard", "Upstream", "application"]
