"""The stake of operators and proposers: one method a contract call."""

from tallystick.domain.ids import Address
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import Stake, Transaction


class OperatorStake(Binding):
    """Satisfies `ports.OperatorStake`. Deposits need an allowance."""

    def deposit(self, amount: int) -> Transaction:
        return self._send("deposit", amount)

    def deposit_for(self, operator: Address, amount: int) -> Transaction:
        return self._send("depositFor", operator, amount)

    def start_thaw(self, amount: int) -> Transaction:
        return self._send("startThaw", amount)

    def withdraw(self) -> Transaction:
        return self._send("withdraw")

    def stake_of(self, operator: Address) -> Stake:
        found = self._call("stakeOf", operator)
        locked = found["lockedBatches"] + found["lockedProposals"]
        return Stake(found["active"], locked, found["thawing"], self._call("thawEndsAtOf", operator))

    def free_of(self, operator: Address) -> int:
        return int(self._call("freeOf", operator))

    def required_bond(self, total: int) -> int:
        return int(self._call("requiredBond", total))

    def thaw_period(self) -> int:
        return int(self._call("thawPeriod"))
