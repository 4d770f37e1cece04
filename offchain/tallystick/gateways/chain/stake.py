"""Stake, and the parameters that say what it must cover: one method a contract call."""

from collections.abc import Mapping
from dataclasses import astuple, fields
from typing import Any, Final

from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import camel
from tallystick.ports import (
    ChainEvent,
    Commission,
    CommittedReport,
    Delegation,
    ParameterSet,
    Report,
    Stake,
    Transaction,
)

_FULL_BPS: Final = 10_000


class OperatorStake(Binding):
    """Satisfies `ports.OperatorStake`. Deposits need an allowance."""

    def deposit(self, amount: int) -> Transaction:
        return self._send("deposit", amount)

    def delegate(self, operator: Address, amount: int) -> Transaction:
        return self._send("delegate", operator, amount)

    def start_thaw(self, operator: Address, shares: int) -> Transaction:
        return self._send("startThaw", operator, shares)

    def withdraw(self, operator: Address) -> Transaction:
        return self._send("withdraw", operator)

    def shares_of(self, operator: Address, amount: int) -> int:
        """What to thaw for an amount."""
        return int(self._call("sharesOf", operator, amount))

    def sweep(self, operator: Address) -> Transaction:
        """Brings in what the operator's forwarder holds; anyone may call."""
        return self._send("sweep", operator)

    def accrue(self, operator: Address) -> Transaction:
        """Moves what has streamed into the pool; anyone may call."""
        return self._send("accrue", operator)

    def set_commission(self, bps: int) -> Transaction:
        """Announced now, in force after a thaw period."""
        return self._send("setCommission", bps)

    def delegation_of(self, operator: Address, holder: Address) -> Delegation:
        found = self._call("delegationOf", operator, holder)
        return Delegation(found["shares"], found["tokens"], found["thawing"], found["thawEndsAt"])

    def commission_of(self, operator: Address) -> Commission:
        # By position: the last value is called `from`, which cannot name a field in Python.
        return Commission(*self._call("commissionOf", operator).values())

    def streaming_to(self, operator: Address) -> int:
        """What is under way to the pool, as of its last change."""
        found = self._call("streamOf", operator)
        return int(found["streaming"] + found["waiting"])

    def forwarder_of(self, operator: Address) -> Address:
        """Where the operator asset has to pay so that the pool earns."""
        return Address(self._call("forwarderOf", operator))

    def is_open(self, operator: Address) -> bool:
        """Whether others may delegate."""
        return bool(self._call("isOpen", operator))

    def stake_of(self, operator: Address) -> Stake:
        """The whole pool; the thaw's end is of the operator's own part."""
        found, own = self._call("stakeOf", operator), self._call("delegationOf", operator, operator)
        locked = found["lockedBatches"] + found["lockedProposals"]
        return Stake(found["active"], locked, found["thawing"], own["thawEndsAt"])

    def free_of(self, operator: Address) -> int:
        return int(self._call("freeOf", operator))

    def report(self, case_id: Hash) -> Report:
        """What a conviction leaves for its reporter."""
        found = self._call("caseOf", case_id)
        if not found["convictedAt"]:
            raise NotFound(f"There is no conviction 0x{case_id.hex()}.", "Convict first.")
        due_at = found["convictedAt"] + int(self._call("REPORT_DELAY"))
        return Report(Address(found["reporter"]), found["rewarded"], due_at, found["convictedAt"])

    def pay_report(self, case_id: Hash) -> Transaction:
        """Pays the reporter of a conviction, once, when it is due; anyone may call."""
        return self._send("payReport", case_id)

    def commit_report(self, commitment: Hash, bond: int, *, intent: str | None = None) -> Transaction:
        """Claims to have found something, before the proof is in anybody's sight. Needs an allowance for the bond."""
        return self._send("commitReport", commitment, bond, intent=intent)

    def claim_report(self, case_id: Hash, salt: Hash, *, intent: str | None = None) -> Transaction:
        """Shows the commitment to a convicted case: its bond comes back, and the earliest takes the reward."""
        return self._send("claimReport", case_id, salt, intent=intent)

    def committed_report(self, commitment: Hash) -> CommittedReport | None:
        """None where it is unknown, shown or forfeited."""
        found = self._call("commitmentOf", commitment)
        return CommittedReport(Address(found["payer"]), found["at"], found["bond"]) if found["at"] else None

    def slashes(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        return self._events("StakeSlashed", first, last)

    def flush(self) -> Transaction:
        """Burns what was slashed and pays the insurance pool its part; anyone may call."""
        return self._send("flush")

    def thaw_period(self) -> int:
        return int(self._call("thawPeriod"))


class Parameters(Binding):
    """Satisfies `ports.Parameters`."""

    def current(self) -> ParameterSet:
        return set_of(self._call("current"))

    def at_version(self, version: int) -> ParameterSet:
        """A version that is or was in force."""
        return set_of(self._call("atVersion", version))

    def bounds(self) -> dict[str, tuple[int, int]]:
        """Least and most by parameter, as the contract has them; the reporter's most is what the burn of now leaves."""
        names = "LEAST_WINDOW LEAST_BURNED_BPS LEAST_REPORTER_BPS LEAST_COVER_PERCENT MOST_COVER_PERCENT"
        window, burned, reporter, cover, most_cover = (int(self._call(name)) for name in names.split())
        windows = (window, int(self._call("longestWindow")))
        return {
            "challenge_window": windows,
            "reward_window": windows,
            "response_window": windows,
            "burned_bps": (burned, _FULL_BPS - reporter),
            "reporter_bps": (reporter, _FULL_BPS - self.current().burned_bps),
            "cover_percent": (cover, most_cover),
            "proposal_bond": (int(self._call("LEAST_PROPOSAL_BOND")), int(self._call("MOST_PROPOSAL_BOND"))),
            "deposit_cap": (0, 2**56 - 1),
        }

    def setting(self, wanted: ParameterSet) -> tuple[Address, bytes]:
        """Whom who may set parameters calls with what."""
        return self.address, self.calldata("set", astuple(wanted))

    def versions(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        """Each as it came into force."""
        return self._events("ParametersSet", first, last)

    def end_of(self, start: int, length: int) -> int:
        """When a window that opened at `start` ends, later where the chain was down meanwhile."""
        return int(self._call("endOf", start, length))


def set_of(found: Mapping[str, Any]) -> ParameterSet:
    return ParameterSet(*(found[camel(field.name)] for field in fields(ParameterSet)))
