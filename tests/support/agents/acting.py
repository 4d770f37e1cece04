"""An agent's desk over the shop without a model, and its doors behind real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.shop import ESCROW, Shop
from tallystick.app.agents.card import card_of
from tallystick.app.agents.desk import AgentDesk, Verbs
from tallystick.app.node_results import RegisteredSet
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Purse, Wallet
from tallystick.app.settlement.claims import ClaimedReward
from tallystick.app.trace import Trace
from tallystick.domain.digests import Domain, receipt_digest
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.interfaces.web import proxy
from tallystick.interfaces.web.agents.mounting import mounted
from tallystick.interfaces.web.hosting import hosted

AGENT = AssetId(b"\xa9" * 32)
REGISTRY = Address("0x" + "d5" * 20)
BOND = 400


class Acting:
    """`registered` are the texts of the files that were to be registered."""

    def __init__(self, shop: Shop, cap: int = 10**9) -> None:
        self.registered: list[str] = []
        self.purse = Purse(cap)
        wallet = Wallet(shop.bob.address, shop.session, cap, 31337, ESCROW, AGENT)
        self.paying = PayDesk(api=shop.counter, ledger=shop.buyer_books, wallet=wallet, purse=self.purse)
        verbs = Verbs(
            receipt_digest=lambda receipt: Hash(receipt_digest(Domain(31337, ESCROW), receipt)),
            trace=self._trace,
            register=self._register,
            bond_of=lambda count: BOND * count,
            registry=lambda: REGISTRY,
            claim=lambda: (ClaimedReward(AGENT, 132, Hash(b"\x01" * 32)),),
        )
        self.desk = AgentDesk(self.paying, verbs, self.purse)

    def _trace(self, digest: Hash) -> Trace:
        raise NotFound(f"No batch settles the receipt 0x{digest.hex()} yet.", "Trace it later.")

    def _register(self, path: Path, name: str, licence: str) -> RegisteredSet:
        self.registered.append(path.read_text("utf-8"))
        root = Hash(b"\x02" * 32)
        return RegisteredSet(name, AssetId(b"\x03" * 32), root, 1, 1, BOND, root, root, root)


@contextmanager
def doors(acting: Acting, api_key: str = "") -> Iterator[str]:
    app: Any = proxy.build(acting.paying, api_key)
    card = card_of("Ferry", "Asks for you.", "http://127.0.0.1:1")
    with hosted(mounted(app, acting.desk, card, api_key)) as url:
        card["supportedInterfaces"][0]["url"] = f"{url}/a2a"
        yield url
