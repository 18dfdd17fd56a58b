"""What a pod waits for, and what is wrong with it.

Seconds of patience: a kubelet retries a failed pull after 10 s and a crashed container after about 1, 10 and 20 s. So two pulls or three
exits take a quarter of a minute plus the time that the container lives. What others may still provide (a Secret, a volume, capacity on a
node) gets half a minute.
"""

import re
from collections.abc import Iterator, Sequence

from cluster.diagnosis.finding import AT_ONCE, NEVER, LogPlace, Suspicion
from cluster.diagnosis.images import why_not_pulled
from cluster.diagnosis.snapshot import Json, Snapshot, name_of, times

PULLS = 2
ENDS = 3
"""Two exits may pass: something that a container needs can be a moment late. Before the third, a kubelet has waited twice."""
_SECRET_SECONDS = 30.0
_ROOM_SECONDS = 20.0
_PULL_SECONDS = 30.0
_START_SECONDS = 30.0
LINES_SECONDS = 60.0
_MOUNT_SECONDS = 60.0
"""An operator's ConfigMap may appear after its pod: FailedMount resolves itself within seconds (measured up to 15)."""

_NOT_PULLED = {"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"}
_CANNOT_START = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"}
_VOLUME = re.compile(r"persistentvolumeclaim|unbound immediate", re.IGNORECASE)
_ROOT = re.compile(r"runAsNonRoot|will run as root", re.IGNORECASE)
_PREEMPTION = re.compile(r"[ .,]*(no new claims to deallocate|preemption:)")
_HEAP_FULL, _KILLED = 3, 137
_JVMS = frozenset({"flink-main-container", "flink-sql-gateway"})
"""Containers whose JVM exits when its heap is full."""
_EMPTY = "Error: "
"""Events that only repeat the state's name."""
_TEXT_CHARACTERS = 300


def pod_suspicions(pod: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield what is wrong with a pod; nothing if it is ready or being deleted."""
    if is_ready(pod) or pod["metadata"].get("deletionTimestamp"):
        return
    events = snapshot.events_about("Pod", pod)
    yield from _unscheduled(pod, events)
    for container in _containers(pod):
        yield from _container(pod, container, events)
    yield from _mounts(pod, events)


def is_ready(pod: Json) -> bool:
    """Return whether the pod is ready, or has finished its work."""
    status = pod.get("status") or {}
    return status.get("phase") == "Succeeded" or any(
        one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions") or ()
    )


def pod_status(pod: Json, snapshot: Snapshot) -> str:
    """Describe the status of a pod in a few words: `pod kafka-0: ContainerCreating (Pulling image "apache/kafka")`."""
    waiting = next((reason for reason in map(_waiting_reason, _containers(pod)) if reason), "")
    told = [event for event in snapshot.events_about("Pod", pod) if not str(event.get("message") or "").startswith(_EMPTY)]
    phase = str((pod.get("status") or {}).get("phase") or "Pending")
    if phase == "Running" and not waiting:
        told = [event for event in told if event.get("reason") == "Unhealthy"]
        state = "runs and is not ready yet"
    else:
        # A kubelet alternates between the two every few seconds; both mean the same to a user.
        state = f": {'ImagePullBackOff' if waiting in _NOT_PULLED else waiting or phase}"
    detail = _unscheduled_message(pod) or (_short(told[-1].get("message") or "") if told else "")
    return f"pod {name_of(pod)}{state if state.startswith(':') else f' {state}'}" + (f" ({detail})" if detail else "")


def _unscheduled_message(pod: Json) -> str:
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False" and condition.get("reason") == "Unschedulable":
            # The rest is about pods that could be evicted, and none can be here.
            return _short(_PREEMPTION.split(str(condition.get("message") or "no node takes it"))[0].rstrip(" ."))
    return ""


def _unscheduled(pod: Json, events: Sequence[Json]) -> Iterator[Suspicion]:
    message = _unscheduled_message(pod)
    if not message or _VOLUME.search(message):
        # A missing volume is reported by its claim, which knows why.
        return
    grows = any(event.get("reason") == "TriggeredScaleUp" for event in events)
    yield Suspicion(
        key=f"{name_of(pod)}/unschedulable",
        about=f"pod {name_of(pod)}",
        cause=f"no node can take it: {message}",
        next_step="give the cluster more memory or CPU, or ask for less of it in the settings",
        patience_seconds=NEVER if grows else _ROOM_SECONDS,
    )


def _container(pod: Json, container: Json, events: Sequence[Json]) -> Iterator[Suspicion]:
    reason = _waiting_reason(container)
    message = str(((container.get("state") or {}).get("waiting") or {}).get("message") or "")
    if reason in _NOT_PULLED or reason == "InvalidImageName":
        yield _not_pulled(pod, container, reason, message, events)
    elif reason in _CANNOT_START:
        yield Suspicion(
            key=f"{name_of(pod)}/{container['name']}/start",
            about=f"pod {name_of(pod)}",
            cause=f"container {container['name']} cannot be started: {_short(message or reason)}",
            next_step="fix what it names: a Secret or ConfigMap that is not there, a user or a command that the image does not have",
            patience_seconds=AT_ONCE if _ROOT.search(message) else _SECRET_SECONDS if "not found" in message else _START_SECONDS,
        )
    elif _ends(container) >= ENDS and not container.get("ready"):
        yield _crashes(pod, container)
    elif runs(container) and not container.get("ready"):
        yield _unready(pod, container, events)


def _not_pulled(pod: Json, container: Json, reason: str, message: str, events: Sequence[Json]) -> Suspicion:
    image = str(container.get("image") or "")
    failed = [event for event in events if _is_failed_pull(event, image)]
    pulls = sum(times(event) for event in failed)
    told = str(failed[-1]["message"]) if failed else message
    cause, next_step = why_not_pulled(image, told)
    if reason == "InvalidImageName":
        cause, next_step = f"{image!r} is no name of an image", "fix the image's name in the settings"
    return Suspicion(
        key=f"{name_of(pod)}/{container['name']}/image",
        about=f"pod {name_of(pod)}",
        cause=cause,
        next_step=next_step,
        patience_seconds=AT_ONCE if pulls >= PULLS or reason == "InvalidImageName" else _PULL_SECONDS,
    )


def _ends(container: Json) -> int:
    """Count how often a container exited: its restarts, plus one while it waits for the next start."""
    waits = bool((container.get("state") or {}).get("terminated")) or _waiting_reason(container) == "CrashLoopBackOff"
    return int(container.get("restartCount") or 0) + int(waits)


def runs(container: Json) -> bool:
    """Return whether a container is running now, ready or not."""
    return bool((container.get("state") or {}).get("running"))


def out_of_memory(container: Json) -> str:
    """Describe how a container ran out of memory at its last exit; empty for another cause.

    Flink's JVMs exit with code 3 when their heap is full (`ExitOnOutOfMemoryError`).
    """
    ended = last_end(container)
    code = ended.get("exitCode")
    if ended.get("reason") == "OOMKilled":
        return "killed because it needs more memory than its limit"
    if code == _KILLED:
        return f"killed from outside, exit code {_KILLED}: mostly for want of memory on the node"
    return f"its JVM ran out of memory, exit code {_HEAP_FULL}" if code == _HEAP_FULL and container.get("name") in _JVMS else ""


def last_end(container: Json) -> Json:
    """Return the `terminated` state of a container's last exit, now or before its last restart; {} if it never exited."""
    ended: Json = (container.get("state") or {}).get("terminated") or (container.get("lastState") or {}).get("terminated") or {}
    return ended


def memory_status(pod: Json) -> str:
    """Describe which of a pod's containers ran out of memory at its last exit; empty if none did."""
    told = [
        f"container {one['name']} ended {max(_ends(one), 1)} times, last at {last_end(one).get('finishedAt', 'an unknown time')}: {how}"
        for one in _containers(pod)
        if (how := out_of_memory(one))
    ]
    return "; ".join(told)


def _unready(pod: Json, container: Json, events: Sequence[Json]) -> Suspicion:
    """Return the suspicion about a container that starts slowly, or never: only its own log says which."""
    probes = [_short(str(event.get("message") or "")) for event in events if event.get("reason") == "Unhealthy"]
    return Suspicion(
        key=f"{name_of(pod)}/{container['name']}/unready",
        about=f"pod {name_of(pod)}",
        cause=f"container {container['name']} runs and is not ready{f' ({probes[-1]})' if probes else ''}",
        next_step="its last lines above say why; fix it and run `up` again",
        patience_seconds=NEVER,
        tells_after=LINES_SECONDS,
        log=LogPlace(
            namespace=str(pod["metadata"].get("namespace") or ""), pod=name_of(pod), container=str(container["name"]), previous=False
        ),
    )


def _crashes(pod: Json, container: Json) -> Suspicion:
    ended = last_end(container)
    memory = out_of_memory(container)
    how = memory or f"exit code {ended.get('exitCode', 'unknown')}"
    return Suspicion(
        key=f"{name_of(pod)}/{container['name']}/crash",
        about=f"pod {name_of(pod)}",
        cause=f"container {container['name']} ended {_ends(container)} times ({how})",
        next_step="raise its memory in the settings" if memory else "its last lines above say why; fix it and run `up` again",
        # A restarted container may stay up: wait as long as the last run took to crash.
        patience_seconds=_START_SECONDS if runs(container) else AT_ONCE,
        log=LogPlace(
            namespace=str(pod["metadata"].get("namespace") or ""), pod=name_of(pod), container=str(container["name"]), previous=True
        ),
    )


def _mounts(pod: Json, events: Sequence[Json]) -> Iterator[Suspicion]:
    failed = [event for event in events if event.get("reason") in {"FailedMount", "FailedAttachVolume"}]
    begun = any(runs(one) or int(one.get("restartCount") or 0) for one in _containers(pod))
    if failed and not begun and events[-1].get("reason") == failed[-1].get("reason"):
        yield Suspicion(
            key=f"{name_of(pod)}/mount",
            about=f"pod {name_of(pod)}",
            cause=f"a volume cannot be mounted: {_short(str(failed[-1].get('message') or ''))}",
            next_step="fix what it names: a Secret, a ConfigMap or a volume that is not there",
            patience_seconds=_MOUNT_SECONDS,
        )


def _containers(pod: Json) -> list[Json]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _waiting_reason(container: Json) -> str:
    return str(((container.get("state") or {}).get("waiting") or {}).get("reason") or "")


def _is_failed_pull(event: Json, image: str) -> bool:
    message = str(event.get("message"))
    return event.get("reason") == "Failed" and message.startswith("Failed to pull image") and image in message


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _TEXT_CHARACTERS else f"{words[:_TEXT_CHARACTERS]}..."
