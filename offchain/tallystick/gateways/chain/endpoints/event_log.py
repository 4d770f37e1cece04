"""Logs of all our contracts as an endpoint gives them, undecoded. Satisfies `ports.indexing.EventChain`."""

from collections.abc import Sequence
from typing import Any, Final

from web3 import Web3
from web3.types import FilterParams

from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import Unavailable
from tallystick.gateways.chain.rpc import Rpc
from tallystick.ports.indexing import RangeTooWide, RawLog

# No two providers say it alike.
_TOO_WIDE: Final = (
    "more than",
    "too many",
    "limit exceeded",
    "block range",
    "range is too",
    "too large",
    "response size",
    "query timeout",
    "exceeds",
)


class EventLog:
    """One filter over all addresses: one request a range, whatever the number of contracts."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def head(self) -> int:
        return self._rpc.block_number()

    def block_hash(self, number: int) -> Hash | None:
        return self._rpc.block_hash(number)

    def logs(self, addresses: Sequence[Address], first: int, last: int) -> tuple[RawLog, ...]:
        wanted: FilterParams = {
            "fromBlock": first,
            "toBlock": last,
            "address": [Web3.to_checksum_address(a) for a in addresses],
        }
        try:
            with self._rpc.translated():
                found = self._rpc.web3.eth.get_logs(wanted)
        except Unavailable as error:
            if any(words in error.message.lower() for words in _TOO_WIDE):
                raise RangeTooWide(error.message, error.hint) from error
            raise
        return tuple(sorted((raw_log(log) for log in found), key=lambda log: (log.block, log.log_index)))


def raw_log(log: Any) -> RawLog:
    return RawLog(
        block=int(log["blockNumber"]),
        log_index=int(log["logIndex"]),
        block_hash=Hash(bytes(log["blockHash"])),
        tx_hash=Hash(bytes(log["transactionHash"])),
        address=address(log["address"]),
        topics=tuple(bytes(topic) for topic in log["topics"]),
        data=bytes(log["data"]),
    )
