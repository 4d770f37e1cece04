"""An answer that a tiny model really gave, attributed and sold by the shipped code, and the reference that scores it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from support.auditing.opened import OpenedWorld, sold
from support.factories import named, opening_voucher
from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.app.auditing.index_rows import IndexRows
from tallystick.app.auditing.rescoring import Quoted
from tallystick.domain.answers.draws import GREEDY, PPM, Sampling, draw_key, place_before
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.digests import terms_id
from tallystick.pipeline.attribution.attribute import Attributor
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.build import Order, build_index
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.attribution.training.blend import Blend
from tallystick.pipeline.attribution.training.channel import Calibration
from tallystick.pipeline.attribution.training.features import NAMES
from tallystick.pipeline.inference.engine import Engine

# Random weights say nothing that any record says: states alone decide, and nothing is noise.
_STATES = tuple(float(name == "hidden state") for name in NAMES)
NO_FLOOR = Calibration(Blend(_STATES, floor=-1.0, kept=0.9, origin="test"))
ASK = ({"role": "user", "content": "Where do the terns nest?"},)


class TinyModel:
    """An engine with random adapter weights, and an index over alice's and ines' records."""

    def __init__(self, opened: OpenedWorld, folder: Path, seed: int = 3) -> None:
        self.chat = tiny_chat()
        self.engine = Engine(tiny_adapted(seed), self.chat)
        self.lineage = ((opened.world.model.asset_id, 600_000),)
        self._opened, self._folder = opened, folder / f"{seed}.index"

    @property
    def attributor(self) -> Attributor:
        members, pairs = self.records()
        order = Order(members, pairs, self.engine, adapter=named("adapter"), manifest=named("manifest"))
        return Attributor(self.engine, build_index(self._folder, order), self.lineage, NO_FLOOR)

    def records(self) -> tuple[list[Member], list[tuple[list[int], list[int]]]]:
        """All of them lead; with the token ids of prompt and answer."""
        data, members, pairs = self._opened.world.data, [], []
        for order, name in enumerate(("alice", "ines")):
            for record in data[name].records:
                place = len(members)
                members.append(Member(data[name].asset_id, order, record.index, record.text, place))
                question = self.chat.prompt_ids([{"role": "user", "content": record.body["question"]}])
                pairs.append((question, self.chat.answer_ids(record.body["answer"])))
        return members, pairs

    def answer(self, sampling: Sampling = GREEDY, writer: Engine | None = None) -> OpenedAnswer:
        """Written over one passage, by this model if by no `writer`; read by it, with the shares of the fast path."""
        petra = self._opened.world.data["petra"]
        body = petra.records[0].body
        shown = (Quoted(petra.asset_id, 1, 0, body["title"], body["text"]),)
        prompt = self.engine.encode_prompt(ASK, [f"{body['title']}. {body['text']}"])
        warmth, top_p = sampling.temperature / PPM, sampling.top_p / PPM
        place = place_before(terms_id(self._opened.world.terms), opening_voucher())
        key = draw_key(sampling, ASK, place)
        engine = writer or self.engine
        tokens = list(engine.generate(prompt, 16, temperature=warmth, top_p=top_p, seed=key))
        ids, text = tuple(t.token_id for t in tokens), "".join(t.text for t in tokens)
        found = self.attributor.attribute(ASK, shown, ids, text)
        mark = fingerprint(self.engine.trace(prompt, ids).hidden)
        output = OutputRecord(text, ids, (PassageRef(petra.asset_id, 0),), mark, sampling)
        kept = Shown(found.shares, found.evidence, found.gains)
        return sold(self._opened.world, ASK, output, kept, tokens_in=len(prompt))


def reference_of(model: TinyModel) -> Any:
    """The reference scorer over the same weights; the index is the seller's, which its card would commit to."""
    scorer = ReferenceScorer(model.engine._model, model.engine.encode_prompt)
    attributor = replace(model.attributor, scorer=scorer)
    members, pairs = model.records()
    leading = [(m.dataset_id, m.record_index, m.leader) for m in members]
    rows = IndexRows(attributor.index, leading, lambda place: model.engine.features(*pairs[place]))
    return SimpleNamespace(
        scorer=scorer,
        chat=model.chat,
        lineage=model.lineage,
        attributor=attributor,
        rows=rows,
        asking=asks_nobody,
    )


def asks_nobody(answer: object, passages: object) -> Callable[[object], tuple[()]]:
    return lambda passage: ()
