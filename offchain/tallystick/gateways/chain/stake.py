"""The stake of operators and proposers: one method a contract call."""

from tallystick.domain.ids import Address
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import Stake, Transaction


class OperatorStake(Binding):
    """Satisfies `ports.OperatorStake`. Deposits need an allowance."""

    def deposit(self, amount: int) -> Transaction:
        return self._send("deposit", amount)

    def start_thaw(self, operator: Address, shares: int) -> Transaction:
        return self._send("startThaw", operator, shares)

    def withdraw(self, operator: Address) -> Transaction:
        return self._send("withdraw", operator)

    def shares_of(self, operator: Address, amount: int) -> int:
        """What to thaw for an amount."""
        return int(self._call("sharesOf", operator, amount))

    def stake_of(self, operator: Address) -> Stake:
        """The whole pool; the thaw's end is of the operator's own part."""
        found, own = self._call("stakeOf", operator), self._call("delegationOf", operator, operator)
        locked = found["lockedBatches"] + found["lockedProposals"]
        return Stake(found["active"], locked, found["thawing"], own["thawEndsAt"])

    def free_of(self, operator: Address) -> int:
        return int(self._call("freeOf", operator))

    def required_bond(self, total: int) -> int:
        return int(self._call("requiredBond", total))

    def thaw_period(self) -> int:
        return int(self._call("thawPeriod"))
