"""Who was slashed, for what, and where it went, out of the chain's events."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tallystick.app.overview.annals import Annals
from tallystick.app.overview.paging import Page, page_of
from tallystick.domain.digests import case_id
from tallystick.domain.ids import NOBODY, Address, Hash
from tallystick.errors import NotFound
from tallystick.ports import Chain, ChainEvent


@dataclass(frozen=True, slots=True)
class Slash:
    """Base units: `amount` is what the operator's pool lost, the rest where it went.

    `subject` is batch, proposal (of rewards), or audit for what the court takes beyond a batch's bond; `kind` names the
    fault as its referee does. `reporter` is None where nobody gets a part.
    """

    case: Hash
    operator: Address
    subject: str
    number: int
    kind: str
    amount: int
    burned: int
    rewarded: int
    insured: int
    reporter: Address | None
    convicted_at: int
    block: int
    tx_hash: Hash


class Convictions:
    """Slashes with what was convicted in the same transaction."""

    def __init__(self, slashed: Annals[ChainEvent], convicted: Annals[ChainEvent]) -> None:
        self._slashed, self._convicted = slashed, convicted

    def page(self, chain: Chain, number: int, operator: Address | None) -> Page[Slash]:
        chosen = [e for e in self._slashed.all(chain) if operator in (None, e.values["operator"])]
        if not chosen:
            return Page((), 1, 0)
        convicted, registrars = self._convicted.all(chain), registrars_of(chain)
        return page_of(chosen[::-1], number).map(lambda e: slash_of(chain, e, convicted, registrars))

    def of(self, chain: Chain, case: Hash) -> Slash:
        found = next((e for e in self._slashed.all(chain) if Hash(e.values["caseId"]) == case), None)
        if found is None:
            raise NotFound(
                f"Nobody was slashed in a case 0x{case.hex()}.", "`tallystick network slashes` has those."
            )
        return slash_of(chain, found, self._convicted.all(chain), registrars_of(chain))


def slashed(chain: Chain, first: int, last: int) -> Sequence[ChainEvent]:
    return chain.stake.slashes(first, last)


def convicted(chain: Chain, first: int, last: int) -> Sequence[ChainEvent]:
    return *chain.batches.convictions(first, last), *chain.rewards.convictions(first, last)


def registrars_of(chain: Chain) -> Mapping[str, Address]:
    """Who may slash, by what it slashes for."""
    found = {"batch": chain.batches.address, "proposal": chain.rewards.address}
    with suppress(NotFound):  # a deployment without a court
        found["audit"] = chain.court.address
    return found


def slash_of(
    chain: Chain, event: ChainEvent, convicted: Sequence[ChainEvent], registrars: Mapping[str, Address]
) -> Slash:
    told, case = event.values, Hash(event.values["caseId"])
    subject, number, kind = _why(event, case, convicted, registrars)
    reporter = Address(told["reporter"])
    return Slash(
        case=case,
        operator=Address(told["operator"]),
        subject=subject,
        number=number,
        kind=kind,
        amount=told["amount"],
        burned=told["burned"],
        rewarded=told["rewarded"],
        insured=told["insured"],
        reporter=None if reporter == NOBODY else reporter,
        convicted_at=chain.stake.report(case).convicted_at,
        block=event.block,
        tx_hash=event.tx_hash,
    )


def _why(
    event: ChainEvent, case: Hash, convicted: Sequence[ChainEvent], registrars: Mapping[str, Address]
) -> tuple[str, int, str]:
    """Subject, number and kind: a case is named by who slashes and the number of what was convicted beside it."""
    for beside in (e for e in convicted if e.tx_hash == event.tx_hash):
        number = int(beside.values["batchId"] if "batchId" in beside.values else beside.values["id"])
        for subject, registrar in registrars.items():
            if case_id(registrar, number) == case:
                return subject, number, beside.values["kind"].rstrip(b"\0").decode("ascii", "replace")
    return "", 0, ""
