"""Steps 5 and 6 of the demo: a consumer deposits, asks and pays; what was earned is counted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.demo.cast import ServedQuestion
from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Asked, Stage
from tallystick.app.models.publish import PublishedModel
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Wallet
from tallystick.app.results import Offer

DEPOSIT = 100_000_000
ALLOTTED = 60_000_000
CAP = 50_000_000
MAX_TOKENS = 48
OwnerOf = Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A served question with the person who earned most on the channel that should earn."""

    served: ServedQuestion
    asked: Asked
    top: str | None

    @property
    def is_right(self) -> bool:
        return self.served.owner is not None and self.top == self.served.owner


def offer_of(stage: Stage, model: PublishedModel, name: str) -> Offer:
    return Offer(name, model.terms, model.terms_id, stage.domain.chain_id, stage.domain.escrow, MAX_TOKENS)


def fund(stage: Stage, consumer: str, operator: str, amount: int = ALLOTTED) -> None:
    """The consumer deposits, allots, and authorises its proxy's capped session key."""
    bob, nora = stage.actor(consumer), stage.actor(operator)
    session = stage.actor(f"{consumer}'s session key").signer
    bob.chain.token.approve(bob.chain.escrow.address, DEPOSIT)
    bob.chain.escrow.deposit(DEPOSIT)
    bob.chain.escrow.allot(nora.signer.address, amount)
    bob.chain.escrow.authorize_capped(session.address, nora.signer.address, amount)


@contextmanager
def open_shop(
    stage: Stage, kitchen: Kitchen, model: PublishedModel, name: str, operator: str, consumer: str
) -> Iterator[str]:
    """Operator's API and consumer's pay proxy, both over HTTP; the proxy's URL."""
    seller, buyer = stage.actor(operator), stage.actor(consumer)
    session = stage.actor(f"{consumer}'s session key").signer
    desk = AnswerDesk(
        dishes=[Dish(offer_of(stage, model, name), kitchen)],
        credit=seller.chain.escrow,
        ledger=seller.ledger,
        signer=seller.signer,
    )
    with stage.faces.operator(desk) as url:
        wallet = Wallet(buyer.signer.address, session, CAP, stage.domain.chain_id, stage.domain.escrow)
        pay = PayDesk(api=stage.operator_api(url), ledger=buyer.ledger, wallet=wallet)
        with stage.faces.proxy(pay) as proxy:
            yield proxy


def ask_all(
    stage: Stage,
    proxy: str,
    name: str,
    questions: Sequence[ServedQuestion],
    owner_of: OwnerOf,
    tell: Narrator,
) -> list[Outcome]:
    """Every question by the OpenAI client, every other one streamed."""
    outcomes = []
    with tell.bar("questions") as bar:
        for i, served in enumerate(questions):
            asked = stage.faces.ask(proxy, name, served.question, stream=i % 2 == 1)
            outcomes.append(Outcome(served, asked, top_owner(asked, served.channel, owner_of)))
            bar.advance_to(i + 1, len(questions))
    return outcomes


def top_owner(asked: Asked, channel: str, owner_of: OwnerOf) -> str | None:
    """Who earned most of the pot that this question should pay."""
    shares = [s for s in asked.extension["shares"] if s["pot"] == channel]
    if not shares:
        return None
    best = max(shares, key=lambda s: (s["ppm"], s["asset_id"]))
    return owner_of(bytes.fromhex(best["asset_id"][2:]))


def show_answer(outcome: Outcome, owner_of: OwnerOf, tell: Narrator) -> None:
    """One answer with what it cost and who earned."""
    extension = outcome.asked.extension
    shares = ", ".join(
        f"{owner_of(bytes.fromhex(s['asset_id'][2:])) or 'the model'} {s['ppm'] / 1e4:.1f} % of {s['pot']}"
        for s in extension["shares"]
    )
    cited = ", ".join(dict.fromkeys(c["title"] for c in extension["citations"] if c["ppm"])) or "no document"
    tell.say(f"Q {outcome.asked.question}")
    tell.say(f"A {outcome.asked.text}")
    tell.say(f"  {extension['price']['fee'] / 1e6:.4f} OPEN; {shares}; cites {cited}")
