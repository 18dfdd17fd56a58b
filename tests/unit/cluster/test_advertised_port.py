"""What a broker says of its own port is changed in its answers, however they are cut, and nothing else is."""

import random

import pytest

from cluster.advertised_port import AdvertisedPort

HOST = "127.0.0.1"
ADVERTISED, REACHED = 19092, 41234
OLD, NEW = (HOST.encode() + port.to_bytes(4, "big") for port in (ADVERTISED, REACHED))


def answer(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        pytest.param(b"\x00\x09" + OLD + b"rack", b"\x00\x09" + NEW + b"rack", id="the broker itself"),
        pytest.param(OLD + b"x" + OLD, NEW + b"x" + NEW, id="leader and coordinator"),
        pytest.param(OLD, NEW, id="nothing else"),
        pytest.param(HOST.encode() + (9092).to_bytes(4, "big"), HOST.encode() + (9092).to_bytes(4, "big"), id="another port"),
        pytest.param(b"records that end with 1", b"records that end with 1", id="the end looks like a beginning"),
        pytest.param(b"", b"", id="empty"),
    ],
)
def test_every_cut_of_an_answer_gives_the_same(body: bytes, changed: bytes) -> None:
    sent, wanted = answer(body) * 2, answer(changed) * 2
    for cut in range(len(sent) + 1):
        port = AdvertisedPort(HOST, {ADVERTISED: REACHED})
        assert port.change(sent[:cut]) + port.change(sent[cut:]) == wanted
    port = AdvertisedPort(HOST, {ADVERTISED: REACHED})
    assert b"".join(port.change(bytes([one])) for one in sent) == wanted


def test_an_answer_that_came_whole_is_handed_on_whole() -> None:
    """A client asks on only when it has all of an answer: what is held back would never follow."""
    port = AdvertisedPort(HOST, {ADVERTISED: REACHED})
    for body in (HOST.encode(), b"1", OLD[:-1], b"x" * 100 + OLD[:12]):
        assert port.change(answer(body)) == answer(body)


def test_what_is_no_address_stays_byte_by_byte() -> None:
    source = random.Random(7)
    sent = b"".join(answer(source.randbytes(source.randrange(0, 3000))) for _ in range(50))
    port, got, left = AdvertisedPort(HOST, {ADVERTISED: REACHED}), b"", sent
    while left:
        size = source.randrange(1, 700)
        got, left = got + port.change(left[:size]), left[size:]
    assert got == sent


def test_brokers_that_advertise_several_ports_are_told_apart() -> None:
    """The port that one is reached on may be the one that another advertises."""
    ports = {19092: 19093, 19093: 41234, 19094: 19092}
    sent, wanted = (b"x".join(HOST.encode() + port.to_bytes(4, "big") for port in some) for some in (ports, ports.values()))
    for cut in range(len(answer(sent)) + 1):
        several = AdvertisedPort(HOST, ports)
        assert several.change(answer(sent)[:cut]) + several.change(answer(sent)[cut:]) == answer(wanted)
