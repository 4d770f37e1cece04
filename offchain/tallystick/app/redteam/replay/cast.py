"""A population's people on the contracts: their accounts, and an asset for each line that pays them."""

from collections import Counter
from typing import TYPE_CHECKING

from tallystick.app.redteam.attacks.stage import Stage, account_of, as_
from tallystick.commitments.keccak import keccak256
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.ids import ZERO_HASH, AssetId, Hash, Pot
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Terms

if TYPE_CHECKING:
    from tallystick.app.redteam.replay.play import Answer

SALT = bytes(32)
# Of a data set of one record, with room.
BOND = 10**9
_DATA = (Pot.RETRIEVAL, Pot.TRAINING)
Key = tuple[int, int]


class Cast:
    """One operator and everybody whom its answers pay. A person has as many data sets as one pot of an answer names."""

    def __init__(self, stage: Stage, operator: str, stake: int) -> None:
        self._stage, self._operator = stage, operator
        stage.give(operator, stake + BOND)
        self._operator_asset = stage.operator(operator, stake)
        self._datasets: dict[Key, ManifestEntry] = {}
        self._models: dict[int, AssetId] = {}
        self._agents: dict[int, AssetId] = {}
        self._terms: dict[int, Terms] = {}

    def register(self, sample: "list[Answer]") -> None:
        """Data sets are committed together, and revealed when the wait is over."""
        registry, stage = self._stage.contracts.DatasetRegistry, self._stage
        keys = sorted({key for answer in sample for key in _keys(answer) if key is not None})
        for who in sorted({who for who, _ in keys}):
            stage.give(f"person {who}", BOND)
        for who, number in keys:
            owner, root = f"person {who}", _root(who, number)
            registry.commit(registry.commitmentOf(account_of(owner), root, SALT), as_(owner))
        stage.ground.wait(int(registry.commitDelay()) + 1)
        for who, number in keys:
            root = _root(who, number)
            made = registry.reveal((root, root, SALT, ZERO_HASH, 1, 1), as_(f"person {who}"))
            self._datasets[who, number] = ManifestEntry(AssetId(made), root, 1)

    def assets_of(self, answer: "Answer") -> list[AssetId]:
        """By the answer's lines: data sets for their pots, a model for the lineage's, the operator itself for its own."""
        found = []
        for line, key in zip(answer.lines, _keys(answer), strict=True):
            if key is not None:
                found.append(self._datasets[key].dataset_id)
            else:
                found.append(self._operator_asset if line.pot == Pot.OPERATOR else self._model(line.owner))
        return found

    def agent(self, who: int) -> AssetId:
        if who not in self._agents:
            self._agents[who] = self._stage.agent(f"person {who}")
        return self._agents[who]

    def terms_of(self, answer: "Answer", price: tuple[int, int], pots: tuple[int, ...]) -> Terms:
        """Over the tuner's model and all data sets that are here."""
        if answer.tuner not in self._terms:
            rows = list(self._datasets.values())
            given = {"price_in": price[0], "price_out": price[1], "pots": pots}
            model = self._model(answer.tuner)
            offered = self._stage.offer(self._operator, self._operator_asset, model, rows, rows, **given)
            self._terms[answer.tuner] = offered
        return self._terms[answer.tuner]

    def _model(self, who: int) -> AssetId:
        """An adapter of his over all data sets that are here, judged and put to serve."""
        if who not in self._models:
            self._models[who] = self._adapter(f"person {who}")
        return self._models[who]

    def _adapter(self, name: str) -> AssetId:
        registry, ground, own = self._stage.contracts.ModelRegistry, self._stage.ground, as_(name)
        rows = sorted(self._datasets.values(), key=lambda e: e.dataset_id)
        manifest, digest = entry_tree(rows).root, keccak256(b"adapter of " + name.encode())
        registry.registerManifest(manifest.hash, manifest.sum, manifest.count, own)
        base = self._stage.base_model(name)
        registry.commitEvaluation(digest, own)
        ground.wait(1)
        evaluation = registry.evaluationIdOf(account_of(name), digest)
        trained = manifest.hash, manifest.count, evaluation
        made = AssetId(bytes(registry.registerAdapter(base, [], digest, digest, *trained, own)))
        registry.reportVerdict((made, base, digest, 1, 0, 1), own)
        registry.promote(digest, made, own)
        return made


def _keys(answer: "Answer") -> list[Key | None]:
    """By line: whose data set and which of his, None where it pays something else."""
    seen = Counter[tuple[int, Pot]]()
    found: list[Key | None] = []
    for line in answer.lines:
        if line.pot not in _DATA:
            found.append(None)
            continue
        found.append((line.owner, seen[line.owner, line.pot]))
        seen[line.owner, line.pot] += 1
    return found


def _root(who: int, number: int) -> Hash:
    return Hash(keccak256(b"records %d of person %d" % (number, who)))
