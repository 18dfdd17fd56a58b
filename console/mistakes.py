"""The error types of all parts whose text is written for people. Everything else that is raised is a defect of ours."""

from cluster.errors import ClusterError
from components.errors import SettingsError
from embedded.errors import EmbeddedError
from flinksql.errors import FlinkSqlError
from topics.errors import TopicError

MISTAKES: tuple[type[Exception], ...] = (SettingsError, EmbeddedError, FlinkSqlError, TopicError, ClusterError)
