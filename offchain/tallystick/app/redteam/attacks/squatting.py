"""R12: registering what everybody could read before, and being paid for it by a node as shipped."""

import random
from typing import Any

from tallystick.app.datasets.consent import LOOK_EVERY_S, LastingConsent, check_eligible
from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.sharing.flood import Words
from tallystick.app.redteam.attacks.sharing.texts import facts
from tallystick.app.redteam.attacks.stage import DAY, Stage, account_of, as_
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.dataset import Dataset, ManifestEntry
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, Pot, Purpose
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.errors import NotEligible
from tallystick.pipeline.inference.retrieval.library import Library, Passage

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
    def out_since(self) -> int:
        return int(self.prior.outSince(self.dataset.dataset_id))

    @property
    def is_eligible(self) -> bool:
        return bool(self.prior.isEligibleAt(self.dataset.dataset_id, self.ground.now()))

    def paid(self, share: int, pot: Pot = Pot.TRAINING) -> int:
        """What the data set has after both tranches of one answer that rests on it, base units."""
        signed = self.served(share, pot)
        batch = self.stage.settle([signed], "nora")
        return self.stage.reward(batch, [signed], "nora").get(self.dataset.dataset_id, 0)

    def served(self, share: int, pot: Pot = Pot.TRAINING) -> SignedReceipt:
        """Nora's answer to bob that rests on it, and that he has paid."""
        stage = self.stage
        asset = stage.operator("nora", STAKE)
        terms = stage.offer("nora", asset, stage.base_model("vera"), [self.dataset], [self.dataset])
        stage.pay_in("bob", "nora", FEES)
        shares = [Share(asset, Pot.OPERATOR, PPM), Share(self.dataset.dataset_id, pot, share)]
        signed = stage.answer(terms, "nora", "bob", shares, (1_000, 1_000))
        stage.redeem_last([signed], "nora")
        return signed

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


class Node:
    """What nora's node asks of the chain about somebody else's data set, and what it does then by the shipped rules."""

    def __init__(self, squat: Squat, purpose: Purpose) -> None:
        self._contracts, self._ground, self.seconds = squat.stage.contracts, squat.ground, 0.0
        entry = squat.dataset
        self.dataset = Dataset("squat", account_of("mallory"), (), entry.root, 2, entry.dataset_id, 0)
        self.datasets: Any = self
        self.prior_art: Any = self
        chain: Any = self
        uses = [(self.dataset, purpose)]
        self.consent = LastingConsent(chain, account_of("nora"), uses, lambda: self.seconds)

    def now(self) -> int:
        return self._ground.now()

    def is_eligible_at(self, asset_id: AssetId, at: int) -> bool:
        return bool(self._contracts.PriorArt.isEligibleAt(asset_id, at))

    def excluded_of(self, asset_id: AssetId) -> int:
        return int(self._contracts.PriorArt.excludedOf(asset_id))

    def owner_of(self, asset_id: AssetId) -> Address:
        return Address(self._contracts.DatasetRegistry.ownerOf(asset_id))

    def retired_at(self, asset_id: AssetId) -> int:
        return int(self._contracts.DatasetRegistry.retiredAtOf(asset_id))

    def grants_of(self, asset_id: AssetId, operator: Address) -> tuple[()]:
        return ()

    def licence_purposes(self, code: int) -> Purpose:
        return Purpose.TRAIN | Purpose.SERVE | Purpose.RETRIEVE

    def answers(self) -> bool:
        """Whether its next answer, a minute on, may rest on what it learnt."""
        self.seconds += LOOK_EVERY_S
        try:
            self.consent()
        except NotEligible:
            return False
        return True


def quoted(node: Node, seed: int) -> bool:
    """Whether the squat is shown, or asked about what is; in the index it stands before others that say the same."""
    draw = random.Random(seed)
    texts = facts(draw, 3)
    honest = [AssetId(keccak256(b"honest %d" % n)) for n in range(2)]
    told = [
        Passage(
            asset,
            order,
            n,
            "",
            text if order == 0 else f"{text} {draw.choice(['Indeed.', 'Again.', 'Then.'])}",
        )
        for order, asset in enumerate([node.dataset.asset_id, *honest])
        for n, text in enumerate(texts)
    ]
    library = Library(told, Words())
    library.barred = node.consent.barred
    for text in texts:
        shown = library.search(text)
        for answer_ids in ([n] for n in range(8)):
            asked = library.asking([{"role": "user", "content": text}], shown, answer_ids)
            if any(p.dataset_id == node.dataset.asset_id for s in shown for p in (s, *asked(s))):
                return True
    return False


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """A node trained on it, or has it in its index, before or after the registry of public corpora has it out."""
    squat = Squat(ground, parameters)
    purpose = Purpose.RETRIEVE if parameters["quoted"] else Purpose.SERVE
    if parameters["trained_before"]:
        node = Node(squat, purpose)
        squat.exclude()
        uses = node.answers()
    else:
        squat.exclude()
        node, uses = Node(squat, purpose), True
        try:
            check_eligible(node.prior_art, [node.dataset], ground.now())
        except NotEligible:
            uses = False
    if uses and purpose is Purpose.RETRIEVE:
        uses = quoted(node, seed)
    pot = Pot.RETRIEVAL if purpose is Purpose.RETRIEVE else Pot.TRAINING
    paid = squat.paid(parameters["share"], pot) if uses else 0
    return Profit(paid, paid if squat.is_eligible else 0)


PUBLIC = {"records": Range(1, 40), "public": Range(1, 40), "share": Range(1, PPM)}
SQUATTING = Attack(
    "squatting",
    "R12: a data set of which some records were public before, each excluded by its proof, is trained on or quoted by "
    "a node as shipped",
    "it is paid nothing once a tenth of it is public",
    PUBLIC | {"quoted": Range(0, 1), "trained_before": Range(0, 1)},
    play,
)
