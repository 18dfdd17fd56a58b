"""The partition of a key is the one that Kafka's Java producer chooses."""

import pytest

from flinksql.kafka.partitioning import keys_of_partitions, murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(b"21", -973_932_308, id="two bytes"),
        pytest.param(b"foobar", -790_332_482, id="six bytes"),
        pytest.param(b"a-little-bit-long-string", -985_981_536, id="whole words"),
        pytest.param(b"a-little-bit-longer-string", -1_486_304_829, id="two bytes over"),
        pytest.param(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971, id="long"),
        pytest.param(b"abc", 479_470_107, id="three bytes"),
    ],
)
def test_murmur2_gives_the_values_of_kafkas_own_tests(key: bytes, value: int) -> None:
    assert murmur2(key) == value % 2**32


def test_a_partition_is_one_of_the_topic() -> None:
    assert {partition_of(str(number).encode(), 7) for number in range(200)} == set(range(7))


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_each_partition_has_a_key_in_the_order_of_the_partitions(partitions: int) -> None:
    keys = keys_of_partitions(partitions, "key-")
    assert [partition_of(key.encode(), partitions) for key in keys] == list(range(partitions))
    for place, key in enumerate(keys):
        earlier = [f"key-{number}" for number in range(int(key.removeprefix("key-")))]
        assert all(partition_of(one.encode(), partitions) != place for one in earlier), "the first key that goes there"
