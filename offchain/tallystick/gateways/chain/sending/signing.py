"""Signatures for one nonce: the call itself, or a no-op that only takes the nonce."""

import time
from typing import Final

from web3 import Web3

from tallystick.gateways.chain.sending.fees import Fees
from tallystick.ports import OutboxAttempt, OutboxCall, OutboxEntry, Signer

_NOOP_GAS: Final = 21_000


def signed_attempt(
    signer: Signer, chain_id: int, entry: OutboxEntry, fees: Fees, *, is_noop: bool = False
) -> OutboxAttempt:
    """Of `entry`'s call; an entry without one has only the bytes that it was stored with."""
    call = noop_call(signer) if is_noop or entry.call is None else entry.call
    raw, tx_hash = signer.sign_transaction(
        {
            "to": Web3.to_checksum_address(call.to),
            "data": "0x" + call.data.hex(),
            "value": call.value,
            "chainId": chain_id,
            "gas": call.gas,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.tip,
            "nonce": entry.nonce,
            "type": 2,
        }
    )
    return OutboxAttempt(tx_hash, raw, fees.max_fee, fees.tip, int(time.time()), is_noop)


def noop_call(signer: Signer) -> OutboxCall:
    """Nothing, to itself."""
    return OutboxCall(signer.address, b"", 0, _NOOP_GAS)
