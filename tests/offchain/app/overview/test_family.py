"""Where a model stands among its relatives."""

from tallystick.app.overview.catalogue import ModelLine
from tallystick.app.overview.family import Family, family_of
from tallystick.domain.ids import Address, AssetId, Hash

OWNER, DIGEST = Address("0x" + "11" * 20), Hash(b"\x22" * 32)


def id_of(number: int) -> AssetId:
    return AssetId(bytes([number]) * 32)


def line(number: int, *parents: int, base: int | None = 1) -> ModelLine:
    base_id = None if base is None else id_of(base)
    above = tuple(map(id_of, parents))
    return ModelLine(id_of(number), OWNER, OWNER, base_id, above, DIGEST, 1, number, DIGEST)


BASE = line(1, base=None)
# 1 is the base of all; 4 merges 2 and 3, 5 comes from 4; 6 is a cousin.
LINES = [BASE, line(2), line(3), line(4, 2, 3), line(5, 4), line(6, 2)]


def drawn(family: Family) -> dict[int, int]:
    """Column by model."""
    return {kin.line.asset_id[0]: kin.column for kin in family.kin}


def edges(family: Family) -> set[tuple[int, int]]:
    return {(a.line.asset_id[0], b.line.asset_id[0]) for a, b in family.edges}


def test_family_when_a_model_merges_two_is_laid_out_from_the_base() -> None:
    family = family_of(LINES, id_of(4))

    assert drawn(family) == {1: 0, 2: 1, 3: 1, 4: 2, 5: 3}
    assert edges(family) == {(1, 2), (1, 3), (2, 4), (3, 4), (4, 5)}
    assert (family.columns, family.rows, family.left_out) == (4, 2, 0)
    assert len({(kin.column, kin.row) for kin in family.kin}) == len(family.kin)


def test_family_when_it_is_large_keeps_the_nearest_and_counts_the_rest() -> None:
    many = [BASE, *(line(n) for n in range(2, 60))]

    family = family_of(many, id_of(1), most=10)

    assert (len(family.kin), family.left_out) == (10, 49)


def test_family_when_the_model_is_unknown_is_empty() -> None:
    assert family_of(LINES, id_of(9)) == Family()
