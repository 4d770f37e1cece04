"""What only a data set's owner does: its bond taken back, and what the owner's wallet sends to license and withdraw."""

from dataclasses import dataclass

from tallystick.app.overview.earnings import Call
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import Conflict, InvalidInput, NotAuthorised
from tallystick.ports import Chain

ACTS = ("grant", "revoke", "withdraw", "bond")


@dataclass(frozen=True, slots=True)
class HeldBond:
    """Base units that a registration holds, 0 once they are gone; `free_at` is when the owner may take them back.

    Demands that wait for an answer hold it longer: `open_demands` counts them.
    """

    asset_id: AssetId
    bond: int
    free_at: int
    open_demands: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class ReturnedBond:
    asset_id: AssetId
    bond: int
    tx: Hash


def bond_of(chain: Chain, asset_id: AssetId) -> HeldBond:
    found = chain.datasets.dataset(asset_id)
    free_at = found.registered_at + chain.datasets.bond_holding()
    demands = len(chain.datasets.open_demands(asset_id, chain.head()))
    is_free = bool(found.bond) and not demands and chain.now() >= free_at
    return HeldBond(asset_id, found.bond, free_at, demands, is_free)


def take_back(chain: Chain, owner: Address, asset_id: AssetId) -> ReturnedBond:
    held = check_free(chain, owner, asset_id)
    return ReturnedBond(asset_id, held.bond, chain.datasets.withdraw_bond(asset_id).tx_hash)


def check_free(chain: Chain, owner: Address, asset_id: AssetId) -> HeldBond:
    """Conflict while the registry holds the bond, or where there is none any more."""
    check_owner(chain, owner, asset_id)
    held, name = bond_of(chain, asset_id), f"0x{asset_id.hex()}"
    if not held.bond:
        raise Conflict(
            f"The data set {name} has no bond: it was taken back, or lost by a conviction.",
            "Look with `tallystick why` where you think it earned; nothing is to be taken back.",
        )
    if held.open_demands:
        raise Conflict(
            f"{held.open_demands} demands for records of {name} wait for an answer, and hold its bond.",
            "Answer them with `tallystick dataset answer`.",
        )
    if not held.is_free:
        raise Conflict(f"The bond of {name} is held until {held.free_at}.", "Take it back from then on.")
    return held


def check_owner(chain: Chain, account: Address, asset_id: AssetId) -> None:
    owner = chain.datasets.owner_of(asset_id)
    if owner != account:
        raise NotAuthorised(
            f"The data set 0x{asset_id.hex()} belongs to {owner}, not to {account}.", "Act as its owner."
        )


def owner_calls(
    chain: Chain, act: str, owner: Address, asset_id: AssetId, operator: Address | None, purposes: Purpose
) -> tuple[Call, ...]:
    """What the owner's wallet sends to `grant` or `revoke` an operator's purposes, to `withdraw`, or for its `bond`."""
    datasets = chain.datasets

    def call(what: str, function: str, *arguments: object) -> tuple[Call, ...]:
        return (Call(datasets.address, datasets.calldata(function, asset_id, *arguments), what),)

    check_owner(chain, owner, asset_id)
    if act == "bond":
        check_free(chain, owner, asset_id)
        return call("Take the bond back", "withdrawBond")
    if act == "withdraw":
        if datasets.withdrawn_at(asset_id):
            raise Conflict("It was withdrawn before.", "Nothing more is to be done.")
        return call("Withdraw for good", "withdrawAsset")
    if operator is None or not purposes:
        raise InvalidInput(
            f"To {act} takes an operator and a use.", "Name one or more: train, serve, retrieve."
        )
    if act == "grant":
        return call("Grant", "grant", operator, int(purposes))
    if act != "revoke":
        raise InvalidInput(f"An owner cannot {act} a data set.", f"One of {', '.join(ACTS)}.")
    return call("Revoke", "revoke", operator, int(purposes))
