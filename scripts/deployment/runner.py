"""Does the steps of a plan by Brownie, each at most once, and checks what it finds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from brownie import web3

from deployment.bytecode import is_same_code
from deployment.journal import Entry, Journal
from deployment.plan import Call, Deploy, Step, System

PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Runner:
    """`contracts` has one container a contract, as a Brownie project has; `told` hears of each step and its gas."""

    contracts: Any
    deployer: Any
    journal: Journal
    told: Callable[[str, int], None] = lambda name, gas: None
    confirmations: int = 1

    def run(self, steps: Sequence[Step]) -> dict[str, Any]:
        """All contracts by name."""
        self._let_pending_settle()
        system: dict[str, Any] = {}
        for step in steps:
            if isinstance(step, Deploy):
                system[step.name] = self._deploy(step, system)
            else:
                self.call(step, system)
        return system

    def _deploy(self, step: Deploy, system: System) -> Any:
        container = getattr(self.contracts, step.name)
        creation = container.deploy.encode_input(*step.arguments(system))
        known = self.journal.entries.get(step.name)
        if known is None or not web3.eth.get_code(known.address):
            known = self._send_creation(step, system, container)
        if not known.transaction:
            # It was cut off between sending and writing.
            sent = transaction_of(str(self.deployer), known.nonce, known.block)
            known = replace(known, transaction=sent)
            self.journal.put(step.name, known)
        check_contract(step.name, container, known, creation)
        return container.at(known.address)

    def _send_creation(self, step: Deploy, system: System, container: Any) -> Entry:
        nonce = web3.eth.get_transaction_count(str(self.deployer))
        address = str(self.deployer.get_deployment_address(nonce))
        intended = Entry(address, nonce, web3.eth.block_number)
        self.journal.put(step.name, intended)
        made = container.deploy(*step.arguments(system), self._options(nonce))
        if made.address != address:
            raise SystemExit(
                f"{step.name} is at {made.address}, not at {address}: did the deployer send elsewhere?"
            )
        entry = replace(intended, transaction=made.tx.txid)
        self.journal.put(step.name, entry)
        self.told(step.name, made.tx.gas_used)
        return entry

    def call(self, step: Call, system: System) -> None:
        if step.done(system):
            return
        method = getattr(system[step.contract], step.method)
        nonce = web3.eth.get_transaction_count(str(self.deployer))
        sent = method(*step.arguments(system), self._options(nonce))
        if not step.done(system):
            raise SystemExit(f"{step.name} was sent in {sent.txid} and had no effect.")
        self.told(step.name, sent.gas_used)

    def _options(self, nonce: int) -> dict[str, Any]:
        return {"from": self.deployer, "nonce": nonce, "required_confs": self.confirmations}

    def _let_pending_settle(self) -> None:
        """What an earlier run sent last may not be mined yet; sending it again would make it twice."""
        address, deadline = str(self.deployer), time.monotonic() + PATIENCE_S
        while web3.eth.get_transaction_count(address, "pending") > web3.eth.get_transaction_count(address):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"{address} has a transaction that is not mined: replace it, then run again."
                )
            time.sleep(1)


def transaction_of(sender: str, nonce: int, since: int) -> str:
    """The hash of the transaction with this nonce, sent after block `since`; by bisection over the sender's count."""
    low, high = since, int(web3.eth.block_number)
    while low < high:
        middle = (low + high) // 2
        if web3.eth.get_transaction_count(sender, middle) > nonce:
            high = middle
        else:
            low = middle + 1
    for sent in web3.eth.get_block(high, full_transactions=True)["transactions"]:
        if sent["from"] == sender and sent["nonce"] == nonce:
            return str(web3.to_hex(sent["hash"]))
    raise SystemExit(
        f"No transaction {nonce} of {sender} after block {since}: move the journal away and run again."
    )


def check_contract(name: str, container: Any, entry: Entry, creation: str) -> None:
    """SystemExit unless code and constructor arguments are what they would be if deployed now."""
    compiled = bytes.fromhex(container._build["deployedBytecode"].removeprefix("0x"))
    if not is_same_code(compiled, bytes(web3.eth.get_code(entry.address))):
        raise SystemExit(f"{name} at {entry.address} is not what the sources compile to.")
    sent = bytes(web3.eth.get_transaction(entry.transaction)["input"])
    if sent != bytes.fromhex(creation.removeprefix("0x")):
        raise SystemExit(
            f"{name} at {entry.address} was made with other arguments than these parameters give."
        )
