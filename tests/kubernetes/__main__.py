"""The first line of `make test-kubernetes`: which parts are real."""

import sys

from tests.kubernetes.double.objects import Cluster
from tests.kubernetes.given import CONTEXT, setting
from tests.kubernetes.parts import find_parts

given = setting()
if given is None:
    sys.exit(f"No cluster is named: make test-kubernetes {CONTEXT}=kind-kind (`kubectl config get-contexts` lists them)")
print(find_parts(Cluster.of(given.kubeconfig, given.context), given).line)
