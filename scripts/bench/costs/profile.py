"""Where a transaction's gas goes, from its trace: storage slot by slot, calls, logs, hashes, and the rest by contract."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench.costs.chain import Chain

COLD_READ, COLD_ACCOUNT = 2_100, 2_600
CALLS = ("CALL", "STATICCALL", "DELEGATECALL")


def profile(chain: Chain, transaction: str) -> Counter[str]:
    """Gas by what it was spent on. Without the 21,000, call data and refunds, which are no opcodes."""
    options = {"disableMemory": True, "disableStack": False, "disableStorage": True}
    steps = chain.rpc("debug_traceTransaction", transaction, options)["structLogs"]
    names = {contract.address.lower(): name for name, contract in chain.contracts.items()}
    at = [_target(chain, transaction, names)]
    spent: Counter[str] = Counter()
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        del at[int(step["depth"]) :]
        spent[_label(step, at[-1])] += _own_cost(step, following)
        if following and int(following["depth"]) > int(step["depth"]):
            at.append(names[f"0x{int(step['stack'][-2], 16):040x}"])
    return spent


def _target(chain: Chain, transaction: str, names: Mapping[str, str]) -> str:
    return names[str(chain.brownie.web3.eth.get_transaction(transaction)["to"]).lower()]


def _own_cost(step: Mapping[str, Any], following: Mapping[str, Any] | None) -> int:
    """A call's cost in the trace holds the gas that it hands on; a precompile's own gas counts as the call's."""
    if step["op"] not in CALLS or following is None:
        return int(step["gasCost"])
    deeper = int(following["depth"]) > int(step["depth"])
    return int(step["gasCost"] if deeper else step["gas"]) - int(following["gas"])


def _label(step: Mapping[str, Any], contract: str) -> str:
    code, stack = str(step["op"]), step.get("stack") or []
    if code in ("SLOAD", "SSTORE"):
        cold = int(step["gasCost"]) >= COLD_READ
        return f"{contract} {code} {'cold' if cold else 'warm'} {stack[-1][-6:]}"
    if code in CALLS:
        return f"{contract} {code}"
    if code.startswith("LOG") or code == "KECCAK256":
        return f"{contract} {code[:6]}"
    return f"{contract} stack, memory, jumps"
