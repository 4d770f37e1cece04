"""Registered data sets, a model's card and honest answers that quote them: what an audit at L1 reads, as real files."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.attributed.auditing.market import Market
from tallystick.app.auditing.answers import Case, audit_answer
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.answers.levels import Level
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.attribution import Evidence, Gains, IndexFacts
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import terms_id
from tallystick.domain.gate import Gate
from tallystick.domain.ids import ZERO_HASH, AssetId, Hash, Pot, address
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret, write_records
from tallystick.pipeline.datasets.manifest import make_manifest, statement_of, write_manifest
from tallystick.pipeline.models.card import ModelCard, write_card
from tallystick.pipeline.receipts.receipt import Usage
from tallystick.pipeline.registration.content_id import entries_of, make_dataset
from tallystick.ports import RegisteredDataset, RegisteredModel

SYLLABLES = ("ka", "lo", "mi", "ter", "vun", "sha", "ör", "pel", "qi", "dra")
BEYOND = 1_000_000


@dataclass
class Files:
    """A content store in memory."""

    held: dict[Hash, bytes] = field(default_factory=dict)

    def add(self, data: bytes) -> Hash:
        digest = Hash(hashlib.sha256(data).digest())
        self.held[digest] = data
        return digest

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        if digest not in self.held:
            raise NotFound("There is no such content.")
        return self.held[digest]

    def get_file(self, digest: Hash, target: Path, max_bytes: int = 1 << 26) -> None:
        target.write_bytes(self.get(digest, max_bytes))


class Shelves:
    """A market whose data sets have records: some to train on, some documents to quote."""

    def __init__(self, seed: str, sets: int = 4, records: int = 12) -> None:
        self.market, self.files = Market(seed, offers=1), Files()
        self.draw = self.market.draw
        self.registered: dict[AssetId, RegisteredDataset] = {}
        self.texts = [self._dataset(n, records, is_text=True) for n in range(sets)]
        self.lessons = [self._dataset(n + sets, records, is_text=False) for n in range(sets)]
        self.terms, self.model = self._publish()

    @property
    def chain(self) -> Any:
        """What `ports.Chain` is asked by an audit of one answer."""
        facts, domain = self.market.facts, self.market.domain
        return SimpleNamespace(
            chain_id=domain.chain_id,
            head=lambda: 1000,
            batches=SimpleNamespace(submitted=lambda first, last: ()),
            datasets=SimpleNamespace(
                address=domain.escrow,
                dataset=self.registered.__getitem__,
                retired_at=lambda asset: 0,
                use_grace=lambda: 50,
            ),
            prior_art=SimpleNamespace(out_since=lambda asset: 0),
            models=SimpleNamespace(
                model=lambda asset: self.model,
                lineage_shares=lambda asset: tuple(facts.parts[asset].items()),
                retired_at=lambda asset: 0,
                terms=facts.known.__getitem__,
                terms_retired_at=lambda named: 0,
            ),
            referees=SimpleNamespace(terms_grace=lambda: 100),
            escrow=SimpleNamespace(
                address=domain.escrow,
                redeemed=facts.redeemed,
                was_signer=facts.was_signer,
                is_paid=facts.is_paid,
            ),
        )

    def answer(self) -> OpenedAnswer:
        """It quotes up to four documents, in their order, and pays only sets that it quotes or was trained on."""
        draw, count = self.draw, len(self.texts)
        places = sorted({(draw.randrange(count), draw.randrange(12)) for _ in range(draw.randrange(5))})
        passages = tuple(PassageRef(self.texts[s].asset_id, r) for s, r in places)
        quoted = {p.dataset_id for p in passages}
        shares = [
            s for s in self.market.shares(self.terms) if s.pot is not Pot.RETRIEVAL or s.asset_id in quoted
        ]
        output = OutputRecord(self._line(9), tuple(draw.randrange(49_152) for _ in range(20)), passages)
        asked = ({"role": "user", "content": self._line(7)},)
        sold = self.market.sell(
            self.terms, Usage(asked, output, 90, draw.randbytes(32), 1_800_000_000), shares
        )
        evidence = tuple(
            Evidence("training", s.asset_id, draw.randrange(12), draw.random(), "above the noise floor")
            for s in shares
            if s.pot is Pot.TRAINING
        ) + tuple(Evidence("context", p.dataset_id, p.record_index, 0.5, "") for p in passages)
        return replace(sold, shown=Shown(tuple(shares), evidence, Gains(-3.0, -2.0, -1.0)))

    def faults(self, answer: OpenedAnswer) -> list[str]:
        """Of an audit at L1; a level that was not reached is one too."""
        report = audit_answer(self.chain, self.files, Case(answer.signed, answer, None), Level.L1)  # type: ignore[arg-type]
        stopped = [c.why for c in report.levels if not c.is_reached]
        return [*stopped, *(str(f) for c in report.levels for f in c.faults)]

    def _dataset(self, number: int, count: int, *, is_text: bool) -> Dataset:
        columns = ("title", "text") if is_text else ("question", "answer")
        bodies = [{c: self._line(8) for c in columns} for _ in range(count)]
        key, place = self.draw.randbytes(32), self.market.domain
        owner, secret = address(address_of(key)), Hash(self.draw.randbytes(32))
        records = make_records(bodies, salts_from_secret(secret))
        made = make_dataset(
            records,
            name=f"set {number}",
            owner=owner,
            licence=2,
            chain_id=place.chain_id,
            registry=place.escrow,
        )
        manifest = make_manifest(
            records,
            name=f"set {number}",
            owner=owner,
            licence=2,
            records_digest=self.files.add(write_records(records)),
        )
        digest = self.files.add(write_manifest(manifest, sign(statement_of(place, manifest).digest, key)))
        self.registered[made.asset_id] = RegisteredDataset(
            made.asset_id, owner, owner, made.root, count, digest, 2, number, 50, 0, 0
        )
        return made

    def _publish(self) -> tuple[Terms, RegisteredModel]:
        manifest, index = entries_of(self.lessons), entries_of(self.texts)
        roots = Hash(entry_tree(manifest).root.hash), Hash(entry_tree(index).root.hash)
        offered = replace(self.market.offers[0], manifest_root=roots[0], index_root=roots[1])
        digest = Hash(self.draw.randbytes(32))
        rows = IndexFacts(digest, 1, 144, digest, (roots[0],), "all", (128, 8), (16, 8), digest, 1)
        card = ModelCard("estuary", AssetId(digest), digest, digest, {}, manifest, rows, index)
        self.market.facts.manifests |= {roots[0]: manifest, roots[1]: index}
        self.market.facts.known[terms_id(offered)] = offered
        model = RegisteredModel(
            asset_id=offered.model_id,
            owner=offered.operator,
            base_id=card.base_id,
            digest=digest,
            content_digest=self.files.add(write_card(card)),
            manifest_root=roots[0],
            manifest_count=len(manifest),
            depth=1,
            gate=Gate.SERVING,
            registered_at=60,
            evaluation_id=ZERO_HASH,
            flagged_at=0,
        )
        return offered, model

    def _line(self, words: int) -> str:
        return " ".join(
            "".join(self.draw.choice(SYLLABLES) for _ in range(self.draw.randint(1, 3))) for _ in range(words)
        )


def honest_chunk(number: int, count: int) -> dict[str, Any]:
    shelves, rejected, first = Shelves(f"shelves {number}"), 0, ""
    for _ in range(count):
        found = shelves.faults(shelves.answer())
        rejected += bool(found)
        first = first or (found[0] if found else "")
    return {"checked": count, "rejected": rejected, "first": first}


def edited_chunk(number: int, count: int) -> dict[str, Any]:
    """Answers whose passages were forged under a true signature: one more, another record, another order."""
    shelves, tried, missed = Shelves(f"forged {number}"), 0, 0
    while tried < count:
        answer = shelves.answer()
        if len(answer.output.passages) < 2:
            continue
        tried += 1
        missed += not shelves.faults(_forged(shelves, answer))
    return {"tried": tried, "missed": missed}


def _forged(shelves: Shelves, answer: OpenedAnswer) -> OpenedAnswer:
    draw, passages = shelves.draw, list(answer.output.passages)
    trained = PassageRef(shelves.lessons[0].asset_id, 0)
    choices = [
        [*passages, trained],
        [passages[0], *passages],
        passages[::-1],
        [replace(passages[0], record_index=BEYOND), *passages[1:]],
    ]
    output = replace(answer.output, passages=tuple(draw.choice(choices)))
    usage = Usage(answer.messages, output, answer.signed.receipt.tokens_in, answer.salt, 1_800_000_000)
    return replace(shelves.market.sell(shelves.terms, usage, answer.shown.shares), shown=answer.shown)
