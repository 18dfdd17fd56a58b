"""What a run of the engine does about drift: say it, take out of the way what holds an object, and name what the engine must read again."""

from collections.abc import Callable

from cluster.api_server import ApiServer
from cluster.drift import Drift, Drifted
from cluster.errors import ClusterError
from cluster.helm_release import MANAGER
from cluster.names import SESSION_CLUSTER
from components.kubernetes.session_cluster import STATE_VOLUME
from platforms.drift import Say, UnseenError
from platforms.errors import PlatformError
from platforms.kubernetes.blocked_deletion import Holding, things
from platforms.kubernetes.drift_observation import ClusterObservation, Found
from platforms.kubernetes.image_registry import is_missing
from platforms.kubernetes.subjects import IMAGE_TYPE
from platforms.state import StackState

_CLAIM = "PersistentVolumeClaim"
_RELEASE = "Helm release"
_ACCOUNT = "ServiceAccount"


class ClusterDrift:
    """Drift of a stack in a cluster. `connect` may raise ClusterError; every method raises UnseenError when nothing can be seen."""

    def __init__(self, connect: Callable[[], ApiServer], stack: str, namespace: str) -> None:
        self._connect = connect
        self._look = ClusterObservation(connect, stack)
        self._namespace = namespace

    def before_preview(self, state: StackState, say: Say) -> list[str]:
        """Say what differs."""
        found = self._found(state)
        for one in (*found.drifted, *found.installed):
            say(_planned(one))
        self._report_failing(found, say)
        return [one.thing.key for one in found.drifted if not _is_failing_claim(one)]

    def before_up(self, state: StackState, say: Say) -> list[str]:
        """Say what differs, wait for what is going, and apply again what Helm installed."""
        found = self._found(state)
        for one in (*found.drifted, *found.installed):
            say(_planned(one, will="is made right now"))
        self._report_failing(found, say)
        if not found.anything:
            return []
        try:
            holding = Holding(api_server=self._connect(), namespace=self._namespace)
            self._release(found, holding, say)
            self._without_volume(found, holding, say)
            for one in found.of(Drift.GONE):
                if one.thing.kind == _ACCOUNT and (pods := holding.restore_account(one.thing)):
                    say(f"the tokens of {', '.join(pods)} went with {one.thing}: these pods start anew")
            for one in found.installed:
                holding.api_server.apply(one.thing.path, one.thing.given, manager=MANAGER)
        except ClusterError as error:
            raise UnseenError(str(error)) from error
        return [one.thing.key for one in found.drifted if not _is_failing_claim(one)]

    def before_destroy(self, state: StackState, say: Say) -> list[str]:
        """Let a FlinkDeployment go that no operator will let go of, and forget a release that Helm does not know any more."""
        found = self._found(state)
        gone = [one for one in found.of(Drift.GONE) if one.thing.kind == _RELEASE]
        for one in gone:
            say(f"{one}: it is forgotten")
        try:
            holding = Holding(api_server=self._connect(), namespace=self._namespace)
            for made in self._look.objects(state):
                if made.name == SESSION_CLUSTER and holding.release(made):
                    say(f"there is no operator to let {made} go: its finalizers were taken off")
        except ClusterError as error:
            raise UnseenError(str(error)) from error
        return [one.thing.key for one in gone]

    def to_make_again(self, state: StackState, say: Say) -> list[str]:
        """Say which images that the stack built are gone from their registry, or were never pushed: the provider never looks again."""
        built = {one.urn: one.outputs for one in state.resources if one.kind == IMAGE_TYPE and one.outputs.get("imageName")}
        lost = []
        for urn, outputs in built.items():
            reference = str(outputs.get("repoDigest") or "")
            if "@" not in reference:
                say(f"image {outputs['imageName']} was recorded without a digest: `up` builds and pushes it again")
            elif is_missing(reference):
                say(f"image {reference} is gone from its registry: `up` builds and pushes it again")
            else:
                continue
            lost.append(urn)
        return lost

    def _found(self, state: StackState) -> Found:
        try:
            return self._look.find(state)
        except ClusterError as error:
            raise UnseenError(str(error)) from error

    def _report_failing(self, found: Found, say: Say) -> None:
        for claim in found.doomed:
            say(
                f"volume claim {claim.name} is being deleted: with the next restart of the pods that use it, it is gone with its data. "
                f"No one can take a deletion back; {claim.keeping}"
            )

    def _release(self, found: Found, holding: Holding, say: Say) -> None:
        """Wait until what is being deleted is gone, so that it can be made again. Raises PlatformError when it does not go."""
        going = tuple(one for one in found.of(Drift.GOING) if not _is_failing_claim(one))
        for one in going:
            if holding.release(one.thing):
                say(f"there is no operator to let {one.thing} go: its finalizers were taken off")
        installed = tuple(one for one in found.installed if one.drift is Drift.GOING)
        left = holding.wait_until_gone(things((*going, *installed)))
        if left:
            names = ", ".join(map(str, left))
            raise PlatformError(
                f"{names} is being deleted and does not go: nothing was changed",
                advice=f"see what holds it: `kubectl -n {self._namespace} get {left[0].kind.lower()} {left[0].name} -o yaml`, finalizers"
                " and events; the operator's log says why it does not let a FlinkDeployment go",
            )

    def _without_volume(self, found: Found, holding: Holding, say: Say) -> None:
        """Make a JobManager possible again that would look for files of a volume that is gone."""
        if any(one.thing.name == STATE_VOLUME for one in found.of(Drift.GONE)):
            dropped = holding.drop_records()
            if dropped:
                say(f"the volume of Flink's state is gone: {len(dropped)} records of high availability that name files on it were removed")


def _planned(one: Drifted, will: str = "`up` makes it right") -> str:
    if _is_failing_claim(one):
        return str(one)
    return f"{one}: {will}"


def _is_failing_claim(one: Drifted) -> bool:
    """Tell whether it is a claim that its pods still use: waiting for its end would be waiting for theirs."""
    return one.drift is Drift.GOING and one.thing.kind == _CLAIM
