"""A stack on a Kafka of others that asks who one is: by a password, by a certificate, with rights by name; and no credential anywhere.

The broker is a pod of another namespace. About eight minutes:
pytest -o faulthandler_timeout=0 -p no:randomly -p no:cacheprovider tests/kubernetes/test_secure_kafka.py
"""

import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from components.kubernetes.session_cluster import LOGIN_FOLDER
from tests.kubernetes.breaking import as_before
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, inventory
from tests.kubernetes.pods import said_in
from tests.kubernetes.secure_broker import SecureBroker, fingerprint, secure_broker
from tests.kubernetes.shown import objects_and_logs
from tests.kubernetes.stack import JOB_MANAGER, JOBS, KubernetesStack
from tests.kubernetes.staging import last
from tests.support.feeding import Fate, feeding, flow_for, settled
from tests.support.flow import begin
from tests.support.plain import in_the_environment_of, set_secret
from tests.support.preloaded import REAL
from tests.support.project import Finished
from tests.support.secrets import MARKS, files_with_marks, texts_with_marks, watched_processes
from tests.support.secure_kafka import USER

pytestmark = [pytest.mark.timeout(2400)]

PASSWORD = "canary-pass-27-of-kafka"
"""With a mark that everybody who looks for secrets looks for."""
LOGIN = "kafka-login"
MODULE = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule"
PROVIDER = "org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider"
PLACE = "    'properties.bootstrap.servers' = '${kafka_bootstrap}',\n"
TRUST = f"    'properties.ssl.truststore.type' = 'PEM',\n    'properties.ssl.truststore.location' = '{LOGIN_FOLDER}/ca.pem',\n"
BY_PASSWORD = f"""{PLACE}    'properties.security.protocol' = 'SASL_SSL',
    'properties.sasl.mechanism' = 'SCRAM-SHA-512',
    'properties.config.providers' = 'directory',
    'properties.config.providers.directory.class' = '{PROVIDER}',
    'properties.sasl.jaas.config' = '${{directory:{LOGIN_FOLDER}:jaas}}',
{TRUST}"""
BY_CERTIFICATE = f"""{PLACE}    'properties.security.protocol' = 'SSL',
    'properties.ssl.keystore.type' = 'PEM',
    'properties.ssl.keystore.location' = '{LOGIN_FOLDER}/client.pem',
{TRUST}"""
AROUND_SECONDS = 6.0


@dataclass(kw_only=True)
class Guest:
    """The stack on the broker of others, with every word that it says."""

    stack: KubernetesStack
    broker: SecureBroker
    words: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str) -> Finished:
        """Run a command and keep what it says."""
        finished = self.stack.copy.run(*command)
        self.words[f"{' '.join(command)} {len(self.words)}"] = finished.said
        return finished

    def log_in(self) -> None:
        """Make the Secret that the pods log in with, or give it what is valid now."""
        jaas = f'{MODULE} required username="{USER}" password="{PASSWORD}";'
        files = {"ca.pem": self.broker.authority, "client.pem": self.broker.client}
        held = {"jaas": jaas, **{name: file.read_text(encoding="utf-8") for name, file in files.items()}}
        metadata = {"name": LOGIN, "namespace": NAMESPACE}
        self.stack.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": held})

    def password(self, value: str) -> None:
        """Set what this machine's clients log in with, as a person does, on standard input."""
        set_secret(self.stack.copy, "kafka.password", value)


@pytest.fixture
def guest(stack: KubernetesStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    """Give the stack, not up, in a namespace that is there before it; without the Secret."""
    # What the system shows of a forked command is the command line and environment of the process that it was forked from.
    monkeypatch.setenv(REAL, "1")
    stack.down()
    stack.wait_until_nothing_is_left()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    with secure_broker(stack, tmp_path) as broker, as_before(stack.copy.folder / "Pulumi.dev.yaml", *_tables(stack)):
        stack.cluster.apply(namespace)
        stack.copy.configure(
            kafka__kind="external",
            kafka__bootstrap=broker.bootstrap,
            kafka__options=_by_password(broker),
            kafka__login=LOGIN,
            akhq__enabled=False,
            topics__deleteOnDestroy=True,
        )
        _connect(stack, BY_PASSWORD, before=PLACE)
        try:
            yield Guest(stack=stack, broker=broker)
        finally:
            stack.down()
            stack.cluster.delete(namespace)
            stack.wait_until_nothing_is_left()


def _by_password(broker: SecureBroker) -> str:
    return f"security.protocol=SASL_SSL,sasl.mechanism=SCRAM-SHA-512,sasl.username={USER},ssl.ca.location={broker.authority}"


def _tables(stack: KubernetesStack) -> list[Path]:
    return [one for one in (stack.copy.folder / "sql" / "reviews").glob("*.sql") if PLACE in one.read_text(encoding="utf-8")]


def _connect(stack: KubernetesStack, options: str, *, before: str) -> None:
    """Reach the broker in another way, in each table."""
    for file in _tables(stack):
        text = file.read_text(encoding="utf-8")
        assert before in text, file.name
        file.write_text(text.replace(before, options), encoding="utf-8")


def test_a_life_on_a_kafka_that_asks_who_one_is(guest: Guest) -> None:
    with watched_processes() as processes:
        nothing = inventory(guest.stack.cluster)
        _refused_before_anything_is_made(guest)
        guest.broker.allow_what_is_needed()
        up = guest.run("up")
        note("up on a Kafka with passwords", code=up.code, said=last(up))
        assert up.code == 0, up.said
        assert inventory(guest.stack.cluster) > nothing
        fate = _under_load(guest, "password", lambda: None)
        note("by password", fed=fate.fed, lost=0, twice=fate.duplicated_reviews, summaries_twice=fate.duplicated_summaries)
        _the_brokers_certificate_is_renewed(guest)
        _expired(guest)
        _certificates_in_place_of_the_password(guest)
        _the_clients_certificate_is_renewed(guest)
        for command in (("status",), ("status", "--json"), ("outputs", "--json"), ("preview", "--json"), ("doctor",), ("why", "contexts")):
            guest.run(*command)
        _no_credential_is_found(guest)
        down = guest.run("down")
        assert down.code == 0, down.said
    assert processes.places == {}
    assert guest.broker.topics() == {"flink-reviews-topic-owners"}


def _refused_before_anything_is_made(guest: Guest) -> None:
    guest.password("a wrong one")
    _refused(guest, f"kafka.login names Secret {LOGIN}", why="no Secret for the pods")
    guest.log_in()
    _refused(guest, "does not let this client in", why="no user of that name, or a wrong password")
    guest.broker.welcome(PASSWORD)
    _refused(guest, "Authentication failed", why="a wrong password")
    guest.password(PASSWORD)
    guest.broker.serve(valid=-timedelta(hours=1))
    _refused(guest, "Its certificate has expired", why="an expired certificate")
    guest.broker.serve()
    _refused(guest, "TOPIC_AUTHORIZATION_FAILED", why="no rights on topics")


def _refused(guest: Guest, said: str, *, why: str) -> None:
    before = inventory(guest.stack.cluster)
    for command in ("doctor", "preview", "up"):
        began = time.monotonic()
        refused = guest.run(command)
        note(
            "a Kafka that does not let in",
            why=why,
            command=command,
            code=refused.code,
            seconds=time.monotonic() - began,
            said=last(refused),
        )
        if command != "doctor":  # which knows no topics
            assert refused.code != 0, why
            assert said in " ".join(refused.said.split()), refused.said
        assert "Traceback" not in refused.said
        assert "a wrong one" not in refused.said
    assert inventory(guest.stack.cluster) == before
    assert guest.broker.topics() == set()


def _under_load(guest: Guest, name: str, happens: Callable[[], None]) -> Fate:
    guest.stack.wait_for_jobs(guest.stack.job_names())
    flow = begin(guest.broker.internal)
    with feeding(flow, name) as fed:
        flow_for(AROUND_SECONDS)
        happens()
        guest.stack.wait_for_jobs(guest.stack.job_names())
        flow_for(AROUND_SECONDS)
    return settled(flow, fed)


def _the_brokers_certificate_is_renewed(guest: Guest) -> None:
    """The broker starts with another certificate of the same authority; nobody runs anything."""
    jobs, began = guest.stack.running(), time.monotonic()
    fate = _under_load(guest, "renewed", guest.broker.serve)
    note(
        "the broker's certificate renewed",
        seconds=time.monotonic() - began,
        fed=fate.fed,
        lost=0,
        twice=fate.duplicated_reviews,
        summaries_twice=fate.duplicated_summaries,
    )
    assert guest.stack.running() == jobs


def _expired(guest: Guest) -> None:
    """The broker comes with an expired certificate under running jobs: each command says so; with a valid one all goes on."""
    jobs = guest.stack.running()
    guest.broker.serve(valid=-timedelta(hours=1))
    for command in ("preview", "status", "doctor"):
        told = guest.run(command)
        note("an expired certificate under running jobs", command=command, code=told.code, said=last(told))
        assert told.code != 0, told.said
        assert "Traceback" not in told.said
    guest.broker.serve()
    began = time.monotonic()
    guest.stack.wait_for_jobs(guest.stack.job_names())
    seconds = time.monotonic() - began
    fate = _under_load(guest, "valid-again", lambda: None)
    note("valid again", seconds=seconds, fed=fate.fed, lost=0, twice=fate.duplicated_reviews)
    assert guest.stack.running() == jobs


def _certificates_in_place_of_the_password(guest: Guest) -> None:
    client = f"ssl.certificate.location={guest.broker.client},ssl.key.location={guest.broker.client}"

    def by_certificate() -> None:
        guest.stack.copy.configure(
            kafka__bootstrap=guest.broker.by_certificate,
            kafka__options=f"security.protocol=SSL,ssl.ca.location={guest.broker.authority},{client}",
        )
        removed = in_the_environment_of(guest.stack.copy, "config", "rm", "kafka.password")
        assert removed.code == 0, removed.said
        _connect(guest.stack, BY_CERTIFICATE, before=BY_PASSWORD)

    by_certificate()
    preview = guest.run("preview")
    note("certificates in place of the password", preview=last(preview), code=preview.code)
    assert preview.code == 1, preview.said
    assert "whether it is the same cluster is not known" in " ".join(preview.said.split())
    _connect(guest.stack, BY_PASSWORD, before=BY_CERTIFICATE)
    guest.stack.copy.configure(kafka__bootstrap=guest.broker.bootstrap, kafka__options=_by_password(guest.broker))
    guest.password(PASSWORD)

    def changed() -> None:
        """Who knows that it is the same cluster says so: pauses the jobs, and names the state that each goes on from."""
        paused = _with_headers(guest, dict.fromkeys(JOBS, "-- running: false"))
        states = dict(_PAUSED.findall(" ".join(paused.said.split())))
        assert states.keys() == set(JOBS), paused.said
        by_certificate()
        heads = {name: f"-- restore_from: {path}\n-- allow_state_reset: true" for name, path in states.items()}
        up = _with_headers(guest, heads)
        note("certificates in place of the password", up=last(up), code=up.code)
        assert guest.run("up").code == 0, "the lines were for this once"

    began = time.monotonic()
    fate = _under_load(guest, "certificate", changed)
    note("by certificate", seconds=time.monotonic() - began, fed=fate.fed, lost=0, twice=fate.duplicated_reviews)
    assert fate.duplicated_reviews == 0


_PAUSED = re.compile(r"Statement (\w+) is paused, its state is kept at (\S+?)\.? ")


def _with_headers(guest: Guest, heads: Mapping[str, str]) -> Finished:
    """Run `up` with lines at the top of the files of jobs, which are as before afterwards."""
    files = {guest.stack.copy.folder / "sql" / "reviews" / f"{name}.sql": head for name, head in heads.items()}
    with as_before(*files):
        for file, head in files.items():
            file.write_text(f"{head}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
        up = guest.run("up")
    assert up.code == 0, up.said
    return up


def _the_clients_certificate_is_renewed(guest: Guest) -> None:
    """A running job has its connections; the next one, here after a restored savepoint, is made with the new certificate."""
    guest.broker.renew_client()
    guest.log_in()
    wanted = fingerprint(guest.broker.client)
    began = time.monotonic()
    guest.stack.wait("the pod has the new certificate", lambda: True if wanted in said_in(guest.stack, "jobmanager", _SHOW) else None)
    arrived = time.monotonic() - began

    def restored() -> None:
        done = guest.run("savepoints", "take", "contexts")
        assert done.code == 0, done.said
        again = guest.run("savepoints", "restore", "contexts", "latest", "--yes")
        assert again.code == 0, again.said

    fate = _under_load(guest, "renewed-client", restored)
    note("the client's certificate renewed", seconds_to_the_pods=arrived, fed=fate.fed, lost=0, twice=fate.duplicated_reviews)


_SHOW = f"cat {LOGIN_FOLDER}/client.pem"


def _no_credential_is_found(guest: Guest) -> None:
    """Neither the password nor the key of the certificate, but where they were put."""
    stack, key = guest.stack, fingerprint(guest.broker.client)
    texts = {**guest.words, **objects_and_logs(stack, but={LOGIN})}
    texts["the exported state"] = in_the_environment_of(stack.copy, "stack", "export").output
    for path in ("/jobs/overview", "/jobmanager/config", "/taskmanagers"):
        texts[path] = str(stack.get(JOB_MANAGER, path))
    for job in stack.running().values():
        texts |= {
            f"{path} of a job": str(stack.get(JOB_MANAGER, f"/jobs/{job}{path}")) for path in ("", "/config", "/plan", "/checkpoints")
        }
    assert texts_with_marks(texts) == {}
    assert [name for name, text in texts.items() if key in text] == []
    assert files_with_marks(stack.copy.folder) == {}
    # On a node that is this machine the search is a process of it, and its command line must hold no mark either.
    marks = b64encode(b"\n".join(MARKS)).decode()
    search = f"echo {marks} | base64 -d | grep -rlf - /flink-data /opt/flink/log /opt/flink/conf /tmp; true"
    assert said_in(stack, "jobmanager", search) == ""
