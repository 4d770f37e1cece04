"""What a lineage pot pays at most: geometric in the distance, shared by those at one, nothing to a base."""

OWN, PARENTS, GRANDPARENTS = 600_000, 240_000, 96_000


def shares(system, model_id, *asset_ids):
    return [system.models.lineageShareOf(model_id, i) for i in asset_ids]


def test_lineage_share_when_without_parents_is_the_models_own(system, nora, base_id, adapter):
    made = adapter(nora, base_id, 3)

    assert shares(system, made, made, base_id, b"\x77" * 32) == [OWN, 0, 0]


def test_lineage_share_when_base_answers_is_nothing(system, base_id):
    assert shares(system, base_id, base_id) == [0]


def test_lineage_share_when_in_a_line_falls_by_three_fifths_a_step(system, nora, base_id, adapter):
    first = adapter(nora, base_id, 3)
    second = adapter(nora, base_id, 4, first)
    third = adapter(nora, base_id, 5, second)

    assert shares(system, third, third, second, first, base_id) == [OWN, PARENTS, GRANDPARENTS, 0]


def test_lineage_share_when_two_stand_at_one_distance_is_divided(system, nora, base_id, adapter):
    first, second, third = (adapter(nora, base_id, n) for n in (3, 4, 5))

    made = adapter(nora, base_id, 6, first, second, third)

    assert shares(system, made, first, second, third) == [80_000] * 3


def test_lineage_share_when_reached_two_ways_counts_the_shorter(system, nora, base_id, adapter):
    first = adapter(nora, base_id, 3)
    second = adapter(nora, base_id, 4, first)

    after, before = adapter(nora, base_id, 5, second, first), adapter(nora, base_id, 6, first, second)

    assert shares(system, after, second, first) == shares(system, before, second, first) == [PARENTS // 2] * 2


def test_lineage_share_when_the_base_is_named_as_parent_too_changes_nothing(system, nora, base_id, adapter):
    first = adapter(nora, base_id, 3)

    made = adapter(nora, base_id, 4, base_id, first)

    assert [bytes(a) for a in system.models.ancestorsOf(made)] == [base_id, first]
    assert shares(system, made, made, first, base_id) == [OWN, PARENTS, 0]


def test_lineage_share_when_deepest_sums_to_less_than_the_pot(system, nora, base_id, adapter):
    line = [adapter(nora, base_id, 10)]
    for number in range(11, 10 + system.models.MAX_DEPTH()):
        line.append(adapter(nora, base_id, number, line[-1]))

    found = shares(system, line[-1], *reversed(line))

    assert found == sorted(found, reverse=True) and found[-1] > 0
    assert sum(found) <= 1_000_000
