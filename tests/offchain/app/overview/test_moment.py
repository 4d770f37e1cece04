"""What is kept of the chain while nothing happens there."""

from dataclasses import dataclass, field
from typing import cast

from tallystick.app.overview.moment import Moment
from tallystick.domain.ids import Hash
from tallystick.ports import Chain
from tallystick.ports.indexing import BlockMark


@dataclass
class Growing:
    """A chain of which only the newest block is asked; `grows_at` are the questions after which there is another."""

    grows_at: tuple[int, ...] = ()
    number: int = 1
    fork: int = 0
    asked: list[int] = field(default_factory=list)

    def newest(self) -> BlockMark:
        return BlockMark(self.number, Hash(bytes([self.number, self.fork]) * 16))

    def balance(self) -> int:
        self.asked.append(self.number)
        if len(self.asked) in self.grows_at:
            self.number += 1
        return self.number * 10 + self.fork


def asking(chain: Growing, moment: Moment, what: str = "balance") -> int:
    return moment.ask(what, lambda given: cast(Growing, given).balance())


def over(chain: Growing) -> Moment:
    return Moment(lambda: cast(Chain, chain))


def test_answer_when_no_block_came_is_not_asked_for_again() -> None:
    chain = Growing()
    moment = over(chain)

    assert [asking(chain, moment) for _ in range(3)] == [10, 10, 10]
    assert chain.asked == [1]


def test_answer_when_a_block_came_is_asked_for_anew() -> None:
    chain = Growing()
    moment = over(chain)
    asking(chain, moment)

    chain.number = 2

    assert asking(chain, moment) == 20


def test_answer_when_the_block_was_replaced_is_asked_for_anew() -> None:
    chain = Growing()
    moment = over(chain)
    asking(chain, moment)

    chain.fork = 1

    assert asking(chain, moment) == 11


def test_answer_when_a_block_came_meanwhile_is_not_kept() -> None:
    chain = Growing(grows_at=(1,))
    moment = over(chain)
    asking(chain, moment)

    chain.number = 1  # as if the block had gone again: what was read may have been its

    assert asking(chain, moment) == 10
    assert chain.asked == [1, 1]


def test_answers_when_to_other_questions_are_kept_apart() -> None:
    chain = Growing()
    moment = over(chain)

    assert asking(chain, moment) == asking(chain, moment, "another")
    assert chain.asked == [1, 1]
