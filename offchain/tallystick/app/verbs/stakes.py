"""Verbs of stake."""

from tallystick.app.node_results import StakeOf
from tallystick.app.verbs.parts import Parts
from tallystick.ports import Transaction


class StakeVerbs(Parts):
    """With this node's key."""

    def stake_deposit(self, *, amount: int) -> Transaction:
        chain = self._acting
        chain.token.approve(chain.stake.address, amount)
        return chain.stake.deposit(amount)

    def stake(self) -> StakeOf:
        return StakeOf.of(self._outside.chain().stake.stake_of(self._signer.address))
