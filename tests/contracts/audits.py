"""The audit game as tests play it: seats, draws and answers upon a batch, phase by phase."""

from dataclasses import dataclass, field
from typing import Any

import brownie

from contracts.settlement import Ledger
from tallystick.domain.ids import address
from tallystick.pipeline.auditing.court import Outcome, Phase, Said, answer_commitment, packed

STEP = 900
DIGEST, REPORT, SALT = b"\xd1" * 32, b"\xd2" * 32, b"\xd3" * 32
SAME, SMALL, DIFFERENT, UNOPENED = Said
SEATED = ("alice", "ines", "omar", "petra", "tomas", "mallory", "vera", "carl")


@dataclass(slots=True)
class Game:
    """One audit. Whoever is drawn does what the test says."""

    system: Any
    people: dict[str, Any]
    ledger: Ledger
    batch_id: int
    _by_address: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._by_address = {person.address: person for person in self.people.values()}

    @property
    def court(self) -> Any:
        return self.system.court

    @property
    def batch(self) -> Any:
        return self.ledger.named(self.batch_id)

    @property
    def audit(self) -> dict[str, Any]:
        return dict(self.court.auditOf(self.batch_id).dict())

    @property
    def phase(self) -> Phase:
        return Phase(self.audit["phase"])

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.audit["outcome"])

    @property
    def poster(self) -> Any:
        return self._by_address[self.audit["poster"]]

    def open(self, by: Any = None) -> Any:
        return self.court.open(self.batch, (by or self.people["nora"]).tx)

    def publish(self) -> None:
        """The seed of the draw in force."""
        number = self.audit["round"]
        brownie.chain.mine(max(1, number + 1 - brownie.chain.height))
        self.system.beacon.publish(number, self.people["bob"].tx)

    def drawn(self) -> list[Any]:
        """People by their places."""
        seats = self.court.drawnOf(self.batch_id)
        return [self._by_address[self.system.roster.holderOf(seat)] for seat in seats]

    def attest(self, count: int = 2) -> Any:
        self.publish()
        done = None
        for place, person in list(enumerate(self.drawn()))[:count]:
            done = self.court.attest(self.batch_id, place, person.tx)
        return done

    def deliver(self) -> Any:
        self.publish()
        return self.court.deliver(self.batch_id, DIGEST, self.poster.tx)

    def commit(self, place: int, *said: Said) -> Any:
        person = self.drawn()[place]
        made = answer_commitment(self.batch_id, address(person.address), packed(said), REPORT, SALT)
        return self.court.commitAnswer(self.batch_id, place, made, person.tx)

    def reveal(self, place: int, *said: Said) -> Any:
        person = self.drawn()[place]
        return self.court.revealAnswer(self.batch_id, place, packed(said), REPORT, SALT, person.tx)

    def answer(self, *answers: tuple[Said, ...]) -> Any:
        """Every place commits, then reveals."""
        people = self.drawn()
        for place, said in enumerate(answers):
            self.commit(place, *said)
        done = None
        for place, said in enumerate(answers):
            done = self.court.revealAnswer(self.batch_id, place, packed(said), REPORT, SALT, people[place].tx)
        return done

    def until_answering(self) -> "Game":
        self.open()
        self.attest()
        self.deliver()
        return self

    def judged(self, first: tuple[Said, ...], second: tuple[Said, ...]) -> "Game":
        self.until_answering()
        self.answer(first, second)
        return self

    def panel(self, *answers: tuple[Said, ...]) -> Any:
        """Seven answers, and the end of the appeal."""
        self.publish()
        self.court.deliver(self.batch_id, DIGEST, self.poster.tx)
        self.answer(*answers)
        return self.close_panel()

    def close_panel(self) -> Any:
        return self._told(self.court.closePanel(self.batch, self.people["bob"].tx))

    def close(self) -> Any:
        pass_time(STEP)
        return self._told(self.court.close(self.batch, self.people["bob"].tx))

    def finalise(self) -> Any:
        pass_time(4 * STEP + 1)
        done = self.system.attribution.finaliseBatch(self.batch, self.people["bob"].tx)
        self.ledger.finalised(self.batch_id, done)
        return done

    def _told(self, done: Any) -> Any:
        if "BatchConvicted" in done.events:
            self.ledger.named(self.batch_id, "convicted")
        return done


def pass_time(seconds: int) -> None:
    brownie.chain.sleep(seconds)
    brownie.chain.mine()
