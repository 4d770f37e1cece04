"""One signed transaction to one endpoint, and what its answer means. The texts differ between clients."""

from enum import Enum
from typing import Final

from web3.exceptions import Web3RPCError

from tallystick.gateways.chain.rpc import Rpc


class Verdict(Enum):
    """POOLED: it is there. SPENT: the nonce is used. WAITING: not now, perhaps later. OUTBID: a dearer one is there."""

    POOLED = "pooled"
    SPENT = "spent"
    WAITING = "waiting"
    OUTBID = "outbid"
    TOO_CHEAP = "too cheap"


_WORDS: Final = (
    (Verdict.POOLED, ("already known", "already imported", "alreadyknown", "known transaction")),
    (Verdict.SPENT, ("nonce too low", "nonce is too low", "oldnonce")),
    (Verdict.OUTBID, ("replacement transaction underpriced", "feetoolowtocompete")),
    (
        Verdict.TOO_CHEAP,
        ("less than block base fee", "fee cap less than", "transaction underpriced", "feetoolow"),
    ),
    (Verdict.WAITING, ("nonce too high", "nonce gap", "txpool is full", "too many pending")),
)


def broadcast(rpc: Rpc, raw: bytes) -> Verdict:
    """Raises what no resending will cure, as our errors. Sending the same bytes again is always harmless."""
    with rpc.translated():
        try:
            rpc.web3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            verdict = meaning_of(str(error.message))
            if verdict is None:
                raise
            return verdict
    return Verdict.POOLED


def meaning_of(message: str) -> Verdict | None:
    """None for a refusal that is not in the table."""
    text = message.lower()
    return next((verdict for verdict, words in _WORDS if any(word in text for word in words)), None)
