"""R12: registering what everybody could read before, and being paid for it."""

from typing import Any

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import DAY, Stage, account_of, as_
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.ids import ZERO_HASH, AssetId, Hash, Pot
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share

PURSE, STAKE, FEES, TAG = 10**12, 10**11, 10**9, b"\x08"
SALT, NO_SALT = keccak256(b"mallory's salt"), bytes(32)


class Squat:
    """Some of mallory's records stand in a corpus that vera has listed; each of these is excluded by its proof."""

    def __init__(self, ground: Ground, parameters: Parameters) -> None:
        self.ground, self.stage = ground, Stage(ground)
        self.prior: Any = ground.contracts.PriorArt
        for name in ("mallory", "vera", "nora", "bob"):
            self.stage.give(name, PURSE)
        count = parameters["records"]
        self.public = [keccak256(b"public %d" % n) for n in range(min(parameters["public"], count))]
        own = [keccak256(b"own %d" % n) for n in range(count - len(self.public))]
        self.corpus, self.tree = _tree(self.public, NO_SALT), _tree([*self.public, *own], SALT)
        self.published = ground.now()
        ground.wait(DAY)
        self.dataset = self._register()

    def exclude(self) -> None:
        ground, stage = self.ground, self.stage
        stage.contracts.OpenToken.approve(self.prior, 2**255, as_("vera"))
        told = (self.corpus.root.hash, len(self.public), self.published, ZERO_HASH)
        corpus = self.prior.claim(*told, as_("vera"))
        ground.wait(int(self.prior.window()) + 1)
        self.prior.list(corpus, as_("vera"))
        mallory, dataset = account_of("mallory"), self.dataset.dataset_id
        for n, content in enumerate(self.public):
            known = (bytes(32), mallory, n, NO_SALT, self.corpus.path(n).packed)
            copied = (dataset, mallory, n, SALT, self.tree.path(n).packed)
            self.prior.exclude(corpus, known, copied, content, as_("vera"))

    @property
    def is_eligible(self) -> bool:
        return bool(self.prior.isEligibleAt(self.dataset.dataset_id, self.ground.now()))

    def paid(self, share: int) -> int:
        """What the data set has after both tranches of one answer that rests on it, base units."""
        stage = self.stage
        asset = stage.operator("nora", STAKE)
        terms = stage.offer("nora", asset, stage.base_model("vera"), [self.dataset], [self.dataset])
        stage.pay_in("bob", "nora", FEES)
        shares = [Share(asset, Pot.OPERATOR, PPM), Share(self.dataset.dataset_id, Pot.TRAINING, share)]
        signed = stage.answer(terms, "nora", "bob", shares, (1_000, 1_000))
        stage.redeem_last([signed], "nora")
        batch = stage.settle([signed], "nora")
        return stage.reward(batch, [signed], "nora").get(self.dataset.dataset_id, 0)

    def _register(self) -> ManifestEntry:
        registry, root, count = (
            self.stage.contracts.DatasetRegistry,
            self.tree.root.hash,
            self.tree.root.count,
        )
        self.stage.contracts.OpenToken.approve(registry, 2**255, as_("mallory"))
        registry.commit(registry.commitmentOf(account_of("mallory"), root, SALT), as_("mallory"))
        self.ground.wait(int(registry.commitDelay()) + 1)
        made = registry.reveal((root, root, SALT, ZERO_HASH, count, 1), as_("mallory"))
        return ManifestEntry(AssetId(made), Hash(root), count)


def _tree(contents: list[bytes], salt: bytes) -> SumTree:
    return SumTree((keccak256(TAG + i.to_bytes(4) + c + salt), 1) for i, c in enumerate(contents))


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """What the data set is paid for an answer after the registry of public corpora has it out; nothing is allowed."""
    squat = Squat(ground, parameters)
    squat.exclude()
    is_allowed, paid = squat.is_eligible, squat.paid(parameters["share"])
    return Profit(paid, paid if is_allowed else 0)


SQUATTING = Attack(
    "squatting",
    "R12: a data set of which some records were public before, each excluded by its proof, is paid by later answers",
    "it is paid nothing once a tenth of it is public (nothing reads that registry)",
    {"records": Range(1, 40), "public": Range(1, 40), "share": Range(1, PPM)},
    play,
)
