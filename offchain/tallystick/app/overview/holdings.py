"""One data set from every side: what the chain says, who may use it, what it earned."""

from dataclasses import dataclass

from tallystick.app.datasets.owning import HeldBond, bond_of
from tallystick.app.datasets.register import LICENCES
from tallystick.app.overview.catalogue import DatasetLine
from tallystick.domain.ids import Address, AssetId
from tallystick.ports import Chain

_WORDS = {code: word for word, code in LICENCES.items()}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """What an operator may do by a grant, the licence apart."""

    operator: Address
    purposes: tuple[str, ...]
    since_at: int


@dataclass(frozen=True, slots=True)
class DatasetDetail:
    """`allows` is what its licence lets everyone do; `earns_until_at` is 0 while it stands."""

    line: DatasetLine
    name: str
    licence: str
    allows: tuple[str, ...]
    grants: tuple[GrantLine, ...]
    previous: AssetId | None
    next: AssetId | None
    earns_until_at: int
    bond: HeldBond


def licence_word(code: int) -> str:
    return _WORDS.get(code, str(code))


def dataset_detail(chain: Chain, line: DatasetLine, name: str) -> DatasetDetail:
    datasets = chain.datasets
    made = datasets.grants_made(line.asset_id, line.block, chain.head())
    retired = datasets.retired_at(line.asset_id)
    return DatasetDetail(
        line=line,
        name=name,
        licence=licence_word(line.licence),
        allows=datasets.licence_purposes(line.licence).words,
        grants=tuple(GrantLine(who, g.purposes.words, g.since) for who, g in sorted(made.items())),
        previous=datasets.previous_version_of(line.asset_id),
        next=datasets.next_version_of(line.asset_id),
        earns_until_at=retired + datasets.use_grace() if retired else 0,
        bond=bond_of(chain, line.asset_id),
    )
