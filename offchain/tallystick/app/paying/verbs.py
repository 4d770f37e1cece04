"""Verbs of whoever buys: money at the escrow, session keys, and desks that ask and pay."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from tallystick.app.exchange import offer_from_json
from tallystick.app.node_results import AllottedMoney, AskedAnswer, DepositedMoney
from tallystick.app.overview.annals import Annals
from tallystick.app.overview.earnings import Call
from tallystick.app.paying import deposits, session_keys
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.lending import Lending
from tallystick.app.paying.market import Market
from tallystick.app.paying.operator_api import OperatorApi
from tallystick.app.paying.purse import Purse, Wallet
from tallystick.app.paying.rotation import PresentSigner, RotatedKey, Turns, rotate
from tallystick.app.paying.talk import TalkDesk
from tallystick.app.verbs.parts import Parts
from tallystick.app.verifying import consents
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import NO_AGENT, Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json
from tallystick.ports import ChainEvent, Ledger
from tallystick.ports.auditing.canaries import Consent

PROXY_CAP = 100_000_000
DEV_CHAIN = 31337


class BuyingVerbs(Parts):
    """With this node's key, but for `lending`, where a visitor's wallet has granted another."""

    def pay_deposit(self, *, amount: int) -> DepositedMoney:
        chain = self._acting
        chain.token.approve(chain.escrow.address, amount)
        done = chain.escrow.deposit(amount)
        return DepositedMoney(amount, chain.escrow.balance_of(self._signer.address), done.tx_hash)

    def pay_allot(self, *, operator: Address, amount: int) -> AllottedMoney:
        chain = self._acting
        deposits.check_free(self.purse(), amount)
        done = chain.escrow.allot(operator, amount)
        return AllottedMoney(operator, chain.escrow.redeemable(self._signer.address, operator), done.tx_hash)

    def purse(self, *, account: Address | None = None) -> deposits.Purse:
        """Anybody's money at the escrow, or without an account this node's."""
        chain, who = self._outside.chain(), account or self._signer.address
        made = (e.values for e in self._allotments.all(chain) if e.values["consumer"] == who)
        operators = tuple(dict.fromkeys(Address(told["operator"]) for told in made))
        return deposits.purse_of(chain, who, operators, self._own_address)

    @cached_property
    def _allotments(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.escrow.allotments(first, last))

    def money_moves(
        self, *, act: str, account: Address, operator: Address | None, amount: int | None
    ) -> tuple[Call, ...]:
        """What an account's wallet sends to allot, to thaw or to withdraw."""
        purse = self.purse(account=account)
        return deposits.money_moves(self._outside.chain(), act, purse, operator, amount)

    def pay_thaw(self, *, operator: Address, amount: int | None) -> deposits.Thawing:
        return deposits.thaw(self._acting, self._signer.address, operator, amount)

    def pay_withdraw(self, *, amount: int | None) -> deposits.WithdrawnMoney:
        return deposits.withdraw(self._acting, self.purse(), amount)

    def pay_authorise(
        self, *, signer: Address, operator: Address | None = None, cap: int = 0, hours: int = 0
    ) -> session_keys.SessionKey:
        """Let another key sign vouchers for this one's money, withdrawing none: up to a cap, or all that is allotted.

        The cap is at `operator`, or at the one that the setting `operator_url` names.
        """
        if cap and operator is None:
            api = self._outside.operator(self._config.operator_url.one)
            operator = offer_from_json(api.offer("")).terms.operator
        me = self._signer.address
        return session_keys.authorise(self._acting, me, signer, operator=operator, cap=cap, hours=hours)

    def pay_key(self, *, signer: Address) -> session_keys.SessionKey:
        return session_keys.show(self._outside.chain(), self._signer.address, signer)

    def pay_revoke(self, *, signer: Address) -> session_keys.SessionKey:
        return session_keys.revoke(self._acting, self._signer.address, signer)

    def pay_proxy(
        self,
        *,
        operator_url: str,
        cap: int = PROXY_CAP,
        session: str = "",
        has_private: bool = False,
        agent: bytes = NO_AGENT,
    ) -> Market:
        """The desk that pays for OpenAI requests; an interface puts it behind HTTP on loopback.

        Args:
            cap: most that all its lanes may promise together.
            session: name of the key that signs vouchers; "" for `roles.vouchers`, else the node's own.
            agent: whom requests name where they name nobody.
            has_private: operators that are found on the chain may be at private addresses.
        """
        return self._market(self._wallet(cap, session, agent), operator_url, has_private=has_private)

    def _market(self, wallet: Wallet, operator_url: str, *, has_private: bool = False) -> Market:
        outside, purse, is_dev = self._outside, Purse(wallet.cap), wallet.chain_id == DEV_CHAIN

        def open_desk(url: str, model: str, *, is_found: bool) -> PayDesk:
            api = outside.operator(url, must_be_public=is_found and not (has_private or is_dev))
            return PayDesk(
                api=api, ledger=self._books_at(api, model), wallet=wallet, purse=purse, model=model
            )

        return Market(outside.chain, open_desk, operator_url, purse)

    def _books_at(self, api: OperatorApi, model: str) -> Ledger:
        """Buyer and seller of one answer need books apart, as each counts on what the other noted only later."""
        me = dict(self._outside.key_names()).get(self._config.key)
        sells = offer_from_json(api.offer(model)).terms.operator == me
        return self._outside.purchases() if sells else self._outside.ledger()

    def talk_desk(self) -> TalkDesk:
        """Asks the operator that the settings name, and pays with this node's key."""
        market = self.pay_proxy(operator_url=self._config.operator_url.one)
        return TalkDesk(market, lambda: self._domain)

    @cached_property
    def lending(self) -> Lending:
        """Keys that visitors' wallets let this process spend with, at the operator that the settings name."""
        outside, url = self._outside, self._config.operator_url.one
        return Lending(
            outside.chain, outside.passing_key, lambda wallet: self._market(wallet, url), lambda: self._domain
        )

    def ask(self, *, question: str, agent: bytes = NO_AGENT) -> AskedAnswer:
        desk = self.pay_proxy(operator_url=self._config.operator_url.one, agent=agent)
        answer: Any = desk.chat({"messages": [{"role": "user", "content": question}]})
        paid = signed_receipt_from_json(answer["tallystick"]["receipt"]).receipt
        return AskedAnswer.of(answer, receipt_digest(self._domain, paid))

    def _wallet(self, cap: int, session: str, agent: bytes) -> Wallet:
        chain, own, turns, signer = self._outside.chain(), self._config.key, self._turns, self._outside.signer
        has_session = bool(session or turns.present())
        owner = dict(self._outside.key_names()).get(own) if has_session else signer(own).address
        if owner is None:
            raise NotFound(f"There is no key {self._config.key!r} here.", "`tallystick keys list` has them.")
        present = PresentSigner(lambda: session or turns.present() or own, signer)
        return Wallet(owner, present, cap, chain.chain_id, chain.escrow.address, AssetId(agent), self._agree)

    @property
    def _agree(self) -> Callable[[Hash], Consent] | None:
        """By the payer's own key, also where a session key signs vouchers."""
        days = self._config.audits.consent_days
        return partial(self._consent, days * consents.DAY_S) if days else None

    def _consent(self, lasting_s: int, receipt: Hash) -> Consent:
        return consents.give(self._outside.chain(), self._signer, receipt, lasting_s=lasting_s)

    def rotate_key(self, *, name: str) -> RotatedKey:
        """Let `name` sign vouchers from now on, while node and proxies of this home run."""
        acting = self._outside.acting_beside(self._config.key)
        return rotate(acting, self._signer.address, self._turns, self._outside.signer, name)

    @property
    def _turns(self) -> Turns:
        return Turns(self._config.home / "voucher-key", self._config.roles.vouchers)
