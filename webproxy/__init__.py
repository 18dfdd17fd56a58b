"""A loopback proxy before pages that have no lock of their own: whoever asks must have been given its token, and be no other site's page."""

from webproxy.guard import Doorkeeper
from webproxy.proxy import Upstream, application

__all__ = ["Doorkeeper", "Upstream", "application"]
