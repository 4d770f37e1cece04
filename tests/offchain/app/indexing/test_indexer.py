"""The indexer over a chain that forks at will and gives only so much at once; its books on a real file."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tallystick.app.indexing.indexer import Indexer
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Unavailable
from tallystick.gateways.ledger.event_index.store import IndexReader, SqliteEventIndex
from tallystick.ports.indexing import RangeTooWide, RawLog

REGISTRY = Address("0x" + "a1" * 20)
TOPIC = b"t" * 32


class ForkingChain:
    """Blocks are random numbers; block n holds n % 3 logs. Refuses ranges wider than `most`."""

    def __init__(self, seed: int, most: int = 10**9) -> None:
        self.random, self.most, self.blocks, self.asked = random.Random(seed), most, [b"\0" * 32], 0

    def mine(self, count: int) -> None:
        self.blocks += [self.random.randbytes(32) for _ in range(count)]

    def reorganise(self, depth: int) -> None:
        del self.blocks[len(self.blocks) - depth :]
        self.mine(depth)

    def head(self) -> int:
        return len(self.blocks) - 1

    def block_hash(self, number: int) -> Hash | None:
        return Hash(self.blocks[number]) if number < len(self.blocks) else None

    def logs(self, addresses: Sequence[Address], first: int, last: int) -> tuple[RawLog, ...]:
        self.asked += 1
        if last - first + 1 > self.most:
            raise RangeTooWide("query returned more than 10000 results")
        return tuple(self.log(n, i) for n in range(first, last + 1) for i in range(self.blocks[n][0] % 3))

    def log(self, block: int, number: int) -> RawLog:
        hashed = Hash(self.blocks[block])
        return RawLog(block, number, hashed, hashed, REGISTRY, (TOPIC, hashed), bytes([number]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite3"


@pytest.fixture
def index(path: Path) -> Iterator[SqliteEventIndex]:
    made = SqliteEventIndex(path, chain="31337:abcd", addresses=[REGISTRY], first_block=1)
    yield made
    made.close()


def fresh_digest(chain: ForkingChain, tmp_path: Path) -> Hash:
    path = tmp_path / f"fresh-{chain.asked}.sqlite3"
    made = SqliteEventIndex(path, chain="31337:abcd", addresses=[REGISTRY], first_block=1)
    Indexer(chain, made).catch_up()
    digest = made.digest()
    made.close()
    return digest


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_index_when_the_chain_forks_often_equals_one_made_anew(
    index: SqliteEventIndex, tmp_path: Path, seed: int
) -> None:
    chain = ForkingChain(seed)
    indexer = Indexer(chain, index, width=40)
    chain.mine(150)
    for _ in range(12):
        indexer.catch_up(most_steps=chain.random.randint(1, 5))
        chain.mine(chain.random.randint(0, 4))
        chain.reorganise(chain.random.randint(0, 31))

    state = indexer.catch_up()

    assert (state.tip, state.lag) == (chain.head(), 0)
    assert index.digest() == fresh_digest(chain, tmp_path) == indexer.rebuild().digest


@pytest.mark.slow
def test_range_when_the_endpoint_gives_less_is_halved_until_it_fits(index: SqliteEventIndex) -> None:
    chain = ForkingChain(1, most=9)
    chain.mine(400)

    state = Indexer(chain, index, width=300).catch_up()

    assert (state.tip, state.lag) == (400, 0)
    chain.most = 400
    assert state.indexed == len(chain.logs([], 1, 400)) > 0


def test_endpoint_when_one_block_is_too_much_is_given_up(index: SqliteEventIndex) -> None:
    chain = ForkingChain(1, most=0)
    chain.mine(3)

    with pytest.raises(Unavailable, match="10000 results"):
        Indexer(chain, index).catch_up()


@pytest.mark.slow
def test_chain_when_it_changes_while_it_is_read_leaves_nothing_of_the_old_one(
    index: SqliteEventIndex, tmp_path: Path
) -> None:
    class Slippery(ForkingChain):
        left = 3

        def logs(self, addresses: Sequence[Address], first: int, last: int) -> tuple[RawLog, ...]:
            found = super().logs(addresses, first, last)
            if self.left:
                self.left -= 1
                self.reorganise(10)
            return found

    chain = Slippery(5)
    chain.mine(20)

    Indexer(chain, index).catch_up()

    assert index.digest() == fresh_digest(chain, tmp_path)


@pytest.mark.slow
def test_index_when_the_chain_is_shorter_than_the_tip_goes_back(index: SqliteEventIndex) -> None:
    chain = ForkingChain(2)
    chain.mine(30)
    Indexer(chain, index).catch_up()
    del chain.blocks[21:]

    state = Indexer(chain, index).catch_up()

    assert (state.tip, state.lag) == (20, 0) and state.rolled_back > 0


def test_file_when_made_for_another_deployment_starts_anew(path: Path, index: SqliteEventIndex) -> None:
    chain = ForkingChain(2)
    chain.mine(5)
    Indexer(chain, index).catch_up()
    index.close()

    other = SqliteEventIndex(path, chain="1:ffff", addresses=[REGISTRY], first_block=1)

    assert other.tip() is None and other.count() == 0
    assert IndexReader(path, chain="31337:abcd").addresses == ()
    other.close()


@pytest.mark.slow
def test_reader_when_the_indexer_writes_sees_the_same_logs(path: Path, index: SqliteEventIndex) -> None:
    chain = ForkingChain(2)
    chain.mine(30)
    Indexer(chain, index).catch_up()

    reader = IndexReader(path, chain="31337:abcd")

    assert reader.tip() == index.tip()
    assert reader.logs(REGISTRY, 5, 20, TOPIC) == chain.logs([], 5, 20) != ()
    assert reader.logs(REGISTRY, 5, 20, b"u" * 32) == ()
    reader.close()
