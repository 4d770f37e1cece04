"""Verbs of stake."""

from tallystick.app import staking
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address
from tallystick.ports import Transaction


class StakeVerbs(Parts):
    """With this node's key; `operator` is whose pool, None its own."""

    def stake_deposit(self, *, amount: int) -> Transaction:
        chain = self._acting
        chain.token.approve(chain.stake.address, amount)
        return chain.stake.deposit(amount)

    def stake(self, *, operator: Address | None) -> staking.StakePool:
        me = self._signer.address
        return staking.show(self._outside.chain(), operator or me, me)

    def stake_delegate(self, *, operator: Address, amount: int) -> staking.Delegated:
        return staking.delegate(self._acting, self._signer.address, operator, amount)

    def stake_thaw(self, *, operator: Address | None, amount: int | None) -> staking.StartedThaw:
        me = self._signer.address
        return staking.thaw(self._acting, me, operator or me, amount)

    def stake_withdraw(self, *, operator: Address | None) -> staking.WithdrawnStake:
        return staking.withdraw(self._acting, operator or self._signer.address)

    def stake_claim(self, *, operator: Address | None) -> staking.ClaimedStream:
        return staking.claim(self._acting, operator or self._signer.address)

    def stake_commission(self, *, commission_bps: int) -> staking.AnnouncedCommission:
        return staking.announce(self._acting, commission_bps)

    def stake_open(self, *, is_open: bool) -> staking.PoolAccess:
        return staking.set_open(self._acting, self._signer.address, is_open=is_open)
