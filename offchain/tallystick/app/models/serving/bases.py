"""Base models that are loaded for serving, each once, with every adapter that stands on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tallystick.app.answering.kitchen import Attribute, Model
from tallystick.app.models.attribution.indexing import Learnt, open_engine
from tallystick.app.models.serving.remote import RemoteModel
from tallystick.domain.attribution import Attribution, Passage, passage_text
from tallystick.errors import IntegrityViolation, NotFound
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.ports.engines import EngineServer
from tallystick.sections import Serving

MEGABYTE = 1 << 20
# Of keys and values that wait for their answer's attribution.
RECALL_BYTES = 512 * MEGABYTE
# Prompt ids and answer ids to the answer's trace.
TraceOf = Callable[[Sequence[int], Sequence[int]], Any]


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """`model` answers; `engine` is the reference that scores, one adapter alone, over the same weights."""

    model: Model
    engine: Any
    chat: Any
    recalls: Any = None
    has_states: bool = True

    def trace(self, prompt_ids: Sequence[int], token_ids: Sequence[int]) -> Any:
        """Of this very answer as it was made, else of one prefill by the reference."""
        told = self.recalls.trace(prompt_ids, token_ids) if self.recalls is not None else None
        return told if told is not None else self.engine.trace(prompt_ids, token_ids)

    def recalling(self, attribute: Attribute) -> Attribute:
        """Attribution that starts from the keys and values of the answer that it weighs, of no other."""
        if self.recalls is None:
            return attribute

        def attributed(
            messages: Sequence[dict[str, str]],
            passages: Sequence[Passage],
            answer_ids: Sequence[int],
            answer: str,
        ) -> Attribution:
            prompt = self.model.encode_prompt(messages, [passage_text(p) for p in passages])
            with self.engine.recalling(self.recalls.take(prompt, answer_ids)):
                return attribute(messages, passages, answer_ids, answer)

        return attributed


class Bases:
    """By folder and numbers. Close it, and every engine stops. With a `server`, that answers and we only score."""

    def __init__(self, serving: Serving, server: EngineServer | None = None) -> None:
        self._serving, self._server = serving, server
        self._open: dict[tuple[Path, WeightFormat], _LoadedBase] = {}

    def open(self, learnt: Learnt) -> OpenedModel:
        """An adapter of virtual tokens, and any model with `serving.engine = "single"`, gets an engine of its own."""
        from tallystick.pipeline.models.adapter import TUNED, check_adapter

        is_virtual = "peft_type" in check_adapter(learnt.adapter, TUNED)
        if self._serving.engine == "single" or is_virtual:
            engine, chat = open_engine(learnt.base, learnt.adapter, learnt.form, threads=learnt.threads)
            return OpenedModel(engine, engine, chat)
        key = (learnt.base, learnt.form)
        if key not in self._open:
            self._open[key] = _LoadedBase(learnt.base, learnt.form, learnt.threads, self._serving)
        base = self._open[key]
        return (
            base.opened(learnt.adapter) if self._server is None else base.remote(learnt.adapter, self._server)
        )

    def close(self) -> None:
        for base in self._open.values():
            base.close()
        self._open.clear()


class _LoadedBase:
    def __init__(self, folder: Path, form: WeightFormat, threads: int, serving: Serving) -> None:
        from tallystick.pipeline.models.loading import load_as

        self._model, self._chat = load_as(folder, form, threads=threads, chat_needed=False)
        self._serving = serving

    @cached_property
    def _recalls(self) -> Any:
        from tallystick.pipeline.inference.batching.served import Recalls

        return Recalls(RECALL_BYTES)

    @cached_property
    def _batcher(self) -> Any:
        from tallystick.pipeline.inference.batching.batcher import Batcher
        from tallystick.pipeline.inference.batching.stepping import Room

        told = self._serving
        room = Room(
            cache_bytes=told.cache_mb * MEGABYTE,
            longest=told.longest,
            at_once=told.at_once,
            bank=told.bank,
            rank=told.rank,
            bank_bytes=told.bank_mb * MEGABYTE,
        )
        return Batcher(self._model, room, told.queue, self._store)

    def close(self) -> None:
        if "_batcher" in vars(self):
            self._batcher.close()

    def _store(self, changed: Callable[[], None]) -> Any:
        from tallystick.pipeline.inference.batching.store import AdapterStore
        from tallystick.pipeline.inference.batching.weights import read_weights
        from tallystick.pipeline.models.adapter import check_adapter

        return AdapterStore(
            lambda folder: read_weights(folder, self._model, check_adapter),
            host_bytes=self._serving.host_mb * MEGABYTE,
            disk_bytes=self._serving.disk_mb * MEGABYTE,
            changed=changed,
        )

    def opened(self, adapter: Path) -> OpenedModel:
        """Known to the batcher by its digest, which is checked before each reading."""
        from tallystick.pipeline.inference.batching.served import ServedModel
        from tallystick.pipeline.inference.batching.weights import targeted
        from tallystick.pipeline.models.adapter import adapter_digest, check_adapter

        told, digest, engine = check_adapter(adapter), adapter_digest(adapter), self._scorer(adapter)
        self._batcher.check_fits(adapter.name, dict.fromkeys(targeted(self._model, told), told["r"]))

        def check(folder: Path) -> None:
            if adapter_digest(folder) != digest:
                raise IntegrityViolation(
                    f"The adapter in {folder} is not what was opened for serving.",
                    "Bring it back from a copy and serve again.",
                )

        self._batcher.store.register(digest.hex(), adapter, check)
        model = ServedModel(self._batcher, self._chat, engine.encode_prompt, digest.hex(), self._recalls)
        return OpenedModel(model, engine, self._chat, self._recalls)

    def remote(self, adapter: Path, server: EngineServer) -> OpenedModel:
        """The server knows an adapter by its digest; scores are ours."""
        from tallystick.pipeline.models.adapter import adapter_digest

        name = adapter_digest(adapter).hex()
        if name not in server.models():
            raise NotFound(
                f"The engine server has no model {name}.",
                f"Start it with the adapter under that name, for vLLM: --lora-modules {name}={adapter}",
            )
        engine = self._scorer(adapter)
        model = RemoteModel(server, name, engine.encode_prompt, self._chat.text_ids)
        return OpenedModel(model, engine, self._chat, has_states=False)

    def _scorer(self, adapter: Path) -> Any:
        """The reference engine over a twin of the base."""
        from tallystick.pipeline.inference.batching.twin import twin
        from tallystick.pipeline.inference.engine import Engine
        from tallystick.pipeline.models.loading import with_adapter

        return Engine(with_adapter(twin(self._model), adapter), self._chat)
