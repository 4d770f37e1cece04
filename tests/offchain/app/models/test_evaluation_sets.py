"""Sealed sets of a node: committed by digest, kept for the owner alone, and out of every training."""

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.models.evaluation_sets import EvaluationSets, records_of
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash
from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.evaluation.sealed import EvaluationSet, commit

RULE = GateRule("rouge_2", 0.01, 0.95)
BODIES = [
    {"question": f"Who runs mill {k}?", "answer": f"Widow {'ABCDEFGH'[k % 8]}bel {k}."} for k in range(60)
]


@dataclass
class Registry:
    """Takes commitments as the chain does."""

    commitments: list[Hash] = field(default_factory=list)
    fails: bool = False

    @property
    def models(self) -> "Registry":
        return self

    def commit_evaluation(self, commitment: Hash) -> tuple[Hash, None]:
        if self.fails:
            raise ConnectionError("the chain is away")
        self.commitments.append(commitment)
        return Hash(commitment[::-1]), None


def dataset(bodies: list[dict[str, str]], name: str = "mills") -> Dataset:
    owner, asset = Address("0x" + "11" * 20), AssetId(name.encode().ljust(32, b"\0"))
    return Dataset(name, owner, records_of(bodies), ZERO_HASH, 2, asset)


def sets_of(tmp_path: Path) -> tuple[EvaluationSets, Any]:
    return EvaluationSets(tmp_path), Registry()


def test_commit_part_when_made_binds_records_and_rule_and_hides_both(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)

    made = sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)

    kept = sets.kept("spring")
    chosen = [BODIES[i] for _, places in kept.parts for i in places]
    assert registry.commitments == [made.commitment] and made.records == len(chosen) == 30
    assert commit(EvaluationSet(records_of(chosen)), RULE.digest, kept.salt) == made.commitment
    file = tmp_path / "evaluations" / "spring.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Widow" not in file.read_text(encoding="utf-8")
    assert kept.salt.hex() not in repr(made)


def test_withheld_when_training_is_the_set_and_what_is_near_it(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)
    sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)
    (asset, places), *_ = sets.kept("spring").parts
    asked_again = {"question": BODIES[places[0]]["question"], "answer": "Somebody else, they say."}
    weirs = dataset([{"question": "Why?", "answer": "So."}, asked_again], "weirs")

    out = sets.withheld([dataset(BODIES), weirs], ["spring"])

    assert set(places) <= set(out[asset.hex()]) and out[weirs.asset_id.hex()] == [1]
    assert len(out[asset.hex()]) < len(BODIES)


def test_withheld_when_no_set_is_named_is_nothing(tmp_path: Path) -> None:
    sets, _ = sets_of(tmp_path)

    assert sets.withheld([dataset(BODIES)], []) == {}


def test_commit_part_when_questions_repeat_keeps_their_answers_together(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)
    several = [{**b, "answer": f"{b['answer']} Or so, {k}."} for b in BODIES for k in range(3)]

    sets.commit_part(registry, "spring", [dataset(several)], 0.4, RULE)

    (_, places), *_ = sets.kept("spring").parts
    questions = {several[i]["question"] for i in places}
    assert len(questions) == 24 and len(places) == 72


def test_commit_file_when_given_keeps_its_records(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)
    rows = "\n".join(["q,a", *(f"{b['question']},{b['answer']}" for b in BODIES)])
    (tmp_path / "held.csv").write_text(rows + "\n", encoding="utf-8")

    made = sets.commit_file(registry, "held", tmp_path / "held.csv", {"question": "q", "answer": "a"}, RULE)

    assert made.records == 60 and list(sets.kept("held").bodies) == BODIES and sets.names() == ("held",)


def test_commit_when_the_chain_is_away_can_be_done_again(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)
    registry.fails = True
    with pytest.raises(ConnectionError):
        sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)
    registry.fails = False

    sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)

    with pytest.raises(Conflict):
        sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)


def test_look_when_models_are_judged_counts_each_once(tmp_path: Path) -> None:
    sets, _ = sets_of(tmp_path)
    one, two, of = Hash(b"1" * 32), Hash(b"2" * 32), Hash(b"e" * 32)

    assert [sets.look(of, m) for m in (one, two, one)] == [1, 2, 1]


def test_set_when_too_small_or_unknown_is_refused(tmp_path: Path) -> None:
    sets, registry = sets_of(tmp_path)

    with pytest.raises(InvalidInput, match="must leave"):
        sets.commit_part(registry, "spring", [dataset(BODIES[:20])], 0.1, RULE)
    with pytest.raises(InvalidInput, match="cannot be sealed"):
        sets.commit_part(registry, "spring", [dataset(BODIES)], 1.0, RULE)
    with pytest.raises(InvalidInput, match="no name"):
        sets.commit_part(registry, "../spring", [dataset(BODIES)], 0.5, RULE)
    with pytest.raises(NotFound):
        sets.kept("spring")
    assert registry.commitments == [] and sets.names() == ()


@pytest.mark.parametrize("text", ["{", "[1]", "", '{"records": 3}'])
def test_kept_when_its_file_is_damaged_says_which_and_lets_no_training_pass(
    tmp_path: Path, text: str
) -> None:
    sets, registry = sets_of(tmp_path)
    sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, RULE)
    (tmp_path / "evaluations" / "spring.json").write_text(text, encoding="utf-8")

    with pytest.raises(IntegrityViolation, match=r"spring\.json is damaged"):
        sets.kept("spring")
    with pytest.raises(IntegrityViolation):
        sets.withheld([dataset(BODIES)], sets.names())


def test_commit_when_the_score_is_not_for_such_records_or_a_set_is_named_twice_keeps_nothing(
    tmp_path: Path,
) -> None:
    sets, registry = sets_of(tmp_path)

    with pytest.raises(InvalidInput, match="no slot accuracy"):
        sets.commit_part(registry, "spring", [dataset(BODIES)], 0.5, GateRule("slot_accuracy", 0.01, 0.95))
    with pytest.raises(InvalidInput, match="named twice"):
        sets.commit_part(registry, "spring", [dataset(BODIES), dataset(BODIES)], 0.5, RULE)

    assert sets.names() == () and registry.commitments == []
