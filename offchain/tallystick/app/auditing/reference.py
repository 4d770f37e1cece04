"""The reference scorer: the model behind an answer, rebuilt from public files and a base model, on any machine."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from tallystick.app.auditing.index_rows import IndexRows
from tallystick.app.auditing.provenance import known_set
from tallystick.app.auditing.retraining import Retrainings, seeds_of
from tallystick.app.evidence.sources import card_of
from tallystick.app.models.attribution.indexing import (
    Learnt,
    committed_index,
    example_of,
    fetch_index,
    leading_of,
    open_engine,
)
from tallystick.app.models.attribution.scoring import open_reference
from tallystick.app.models.calibration.lessons import exchanges_of, lessons_of
from tallystick.app.models.calibration.opening import fetch_calibration, open_calibration
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.answers.usefulness import Place
from tallystick.domain.attribution import Passage
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Terms
from tallystick.errors import IntegrityMismatch, NotFound
from tallystick.pipeline.models.card import ModelCard
from tallystick.pipeline.models.weight_format import weight_format
from tallystick.ports import Chain, ContentStore

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What an auditor has: where its base model lies, and where adapters and indexes may be kept.

    `draw` chooses rows of an index that nobody foresees. Before the court there is none: all who examine a receipt have
    to look at the same rows.
    """

    base: Path
    folder: Path
    embedder: Path | None
    progress: Progress
    draw: Random | None = None


class Reference:
    """One model with its chat format. Reads the card's files; the index only when it is asked for."""

    def __init__(self, chain: Chain, content: ContentStore, terms: Terms, bench: Bench) -> None:
        self._chain, self._content, self._terms, self._bench = chain, content, terms, bench
        self.card, digest = card_of(chain, content, terms)
        self.adapter = _unpacked(content, self.card, digest, bench.folder)
        _check_base(chain, self.card, bench.base)
        self._form = weight_format(self.card.run["quantisation"])
        self.scorer, self.chat = open_reference(bench.base, self.adapter, self._form)
        self.lineage = chain.models.lineage_shares(terms.model_id)

    @cached_property
    def _learnt(self) -> Learnt:
        return Learnt(
            base=self._bench.base,
            adapter=self.adapter,
            embedder=self._bench.embedder,
            training=tuple(self._trained_on(e.dataset_id) for e in self.card.manifest),
            threads=self.card.attribution.threads,
            form=self._form,
        )

    @cached_property
    def _engine(self) -> tuple[Any, Any]:
        """As the operator has it, at its number of threads: only so are rows of the index the card's."""
        learnt = self._learnt
        return open_engine(learnt.base, learnt.adapter, learnt.form, threads=learnt.threads)

    @cached_property
    def attributor(self) -> Any:
        """Over the index that the card commits to; built from the records once, then kept."""
        from tallystick.pipeline.attribution.attribute import Attributor

        learnt, (engine, _) = self._learnt, self._engine
        told = self.card.run.get("calibration")
        fetch_calibration(learnt, told, self._content.get_file)
        return Attributor(self.scorer, self._index, self.lineage, open_calibration(learnt, told, engine))

    @cached_property
    def _index(self) -> Any:
        """As it was pinned; where it was not, built from the records once, then kept."""

        def progress(done: int, total: int) -> None:
            self._bench.progress("building the index", done, total)

        learnt, (engine, chat) = self._learnt, self._engine
        fetch_index(learnt, self.card.run, self._content.get_file)
        return committed_index(learnt, self.card.attribution, self._encoder, engine, chat, progress)

    @cached_property
    def rows(self) -> IndexRows:
        """What makes rows of that index again, with the records as this auditor reads and clusters them."""
        leading = leading_of(self._learnt.training, self._encoder)
        bodies = {(m.dataset_id, m.record_index): body for m, body in leading}
        engine, chat = self._engine

        def features(place: int) -> tuple[Any, Any]:
            member = self._index.members[place]
            body = bodies.get((member.dataset_id, member.record_index)) or self._body(member)
            found: tuple[Any, Any] = engine.features(*example_of(body, chat))
            return found

        named = [(m.dataset_id, m.record_index, m.leader) for m, _ in leading]
        return IndexRows(self._index, named, features, self._bench.draw)

    def _body(self, member: Any) -> dict[str, str]:
        """Of a record that leads in the operator's index alone."""
        (found,) = (
            r.body
            for d in self._learnt.training
            for r in d.records
            if (d.asset_id, r.index) == (member.dataset_id, member.record_index)
        )
        return found

    @cached_property
    def _encoder(self) -> Any:
        from tallystick.pipeline.inference.embedder import Embedder

        return Embedder(self._bench.embedder)

    def asking(
        self, answer: OpenedAnswer, passages: Sequence[Passage]
    ) -> Callable[[Passage], Sequence[Passage]]:
        """Whom the operator had to ask about each paid passage, in the card's index, and whom it says it asked there.

        Where sets of the index are private to others, what follows whom and what is near cannot be told: of what is
        found, the operator's word counts then.
        """
        named = named_outside(answer)
        ask = self._library.asking(answer.messages, passages, answer.output.tokens, named)

        def asked(passage: Passage) -> Sequence[Passage]:
            found: Sequence[Passage] = ask(passage)
            if self._has_private:
                word = named.get((passage.dataset_id, passage.record_index), ())
                return [p for p in found if (p.dataset_id, p.record_index) in word]
            return found

        return asked

    @cached_property
    def _has_private(self) -> bool:
        entries = self.card.index
        return any(known_set(self._chain, self._content, e.dataset_id).records is None for e in entries)

    @cached_property
    def _library(self) -> Any:
        from tallystick.app.models.serve import passages_of
        from tallystick.pipeline.inference.retrieval.library import Library

        encoder, sets = self._encoder, list[Dataset]()
        for entry in self.card.index:
            with suppress(NotFound):
                sets.append(self._trained_on(entry.dataset_id))
        return Library(passages_of(sets, encoder), encoder)

    @cached_property
    def retrainings(self) -> Retrainings:
        """This auditor's own counterfactual adapters over the card's records, none made yet."""
        from tallystick.pipeline.attribution.counterfactual.retraining import Recipe, Retrainer
        from tallystick.pipeline.models.halves import Halves

        members, (engine, chat) = self.attributor.index.members, self._engine
        seeds = seeds_of(self._terms.model_id)
        lessons = lessons_of(exchanges_of(self._learnt, members), chat, seeds[0])
        retrainer = Retrainer(engine.model, Halves, lessons, Recipe())
        return Retrainings([(m.order, m.dataset_id) for m in members], retrainer, seeds, self._bench.progress)

    def _trained_on(self, asset: AssetId) -> Dataset:
        """The records that the adapter saw. `NotFound` for a private set, which its readers alone can audit."""
        registered, known = self._chain.datasets.dataset(asset), known_set(self._chain, self._content, asset)
        if known.records is None:
            raise NotFound(
                f"The records of 0x{asset.hex()} are private.",
                "Only a reader of it can recompute training shares.",
            )
        unseen = set(self.card.run.get("left_out", {}).get(asset.hex(), ()))
        records = tuple(r for r in known.records if r.index not in unseen)
        return Dataset(
            name=known.name,
            owner=registered.owner,
            records=records,
            root=registered.root,
            licence=registered.licence,
            asset_id=asset,
            order=known.order,
        )


def named_outside(answer: OpenedAnswer) -> dict[Place, frozenset[Place]]:
    """By passage of the prompt, whom the operator says it asked in its place."""
    found: dict[Place, frozenset[Place]] = {}
    for row in answer.shown.evidence:
        if row.channel == "context" and row.instead_of is not None:
            asked = (row.asset_id, row.record_index)
            found[row.instead_of] = found.get(row.instead_of, frozenset()) | {asked}
    return found


def _unpacked(content: ContentStore, card: ModelCard, digest: Hash, folder: Path) -> Path:
    """The adapter as files, once; a folder named by its digest never changes."""
    from tallystick.pipeline.models.adapter import adapter_digest

    target = folder / digest.hex()
    if not target.is_dir():
        part = target.with_name(target.name + ".part")
        part.mkdir(parents=True, exist_ok=True)
        for name, file in card.files.items():
            if Path(name).name != name:
                raise IntegrityMismatch(
                    f"The card names a file {name!r} outside its folder.", "Do not use it."
                )
            (part / name).write_bytes(content.get(file, 1 << 30))
        part.replace(target)
    if adapter_digest(target) != digest:
        raise IntegrityMismatch(f"The files in {target} are not the adapter's.", "Remove the folder.")
    return target


def _check_base(chain: Chain, card: ModelCard, folder: Path) -> None:
    from tallystick.pipeline.models.foundation import digest_of

    registered = chain.models.model(card.base_id).digest
    if registered != card.base_digest:
        raise IntegrityMismatch("The card names another base than the chain.", "Do not rely on it.")
    if not folder.is_dir():
        raise NotFound(
            f"There is no base model at {folder}.", "`tallystick model prepare-base`, or set --model."
        )
    if digest_of(folder) != registered:
        raise NotFound(
            f"The model at {folder} is not the base 0x{registered.hex()}.", "Set --model to that base model."
        )
