"""One step of a batch: the new tokens of every request as one row through the base, and a token chosen for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tallystick.errors import Unavailable
from tallystick.pipeline.inference.batching.attention import Plan, Segment, attend_by_slots
from tallystick.pipeline.inference.batching.bank import AdapterBank
from tallystick.pipeline.inference.batching.request import Request
from tallystick.pipeline.inference.batching.slots import Slots, shape_of, shelves_for
from tallystick.pipeline.inference.batching.twin import twin
from tallystick.pipeline.inference.sampling import Choice, choices


@dataclass(frozen=True, slots=True)
class Room:
    """What the engine may take. `chunk` tokens of prompts go into a step beside answers that are under way."""

    cache_bytes: int = 1 << 30
    longest: int = 2048
    at_once: int = 64
    bank: int = 32
    rank: int = 64
    bank_bytes: int = 2 << 30
    chunk: int = 256


class Stepper:
    """A twin of the base with slots for keys and values and a bank of adapters. Used by one thread."""

    def __init__(self, base: Any, room: Room) -> None:
        self.model = attend_by_slots(twin(base).eval())
        shape = shape_of(self.model)
        longest = min(room.longest, self.model.config.max_position_embeddings)
        self.slots = Slots(shape, shelves_for(room.cache_bytes, shape, longest, room.at_once))
        self.bank = AdapterBank(self.model, room.bank, room.rank, room.bank_bytes)
        self._device, self._chunk = shape.device, room.chunk
        self._check_agrees(base)

    def step(self, running: Sequence[Request]) -> list[tuple[Request, Choice, torch.Tensor]]:
        """A token, and the final hidden state that it came from, of each request whose prompt has been read."""
        fed = self._fed(running)
        hidden = self._forward(
            [(r.slot, r.held, tokens) for r, tokens in fed if r.slot is not None],
            [(r.asked.adapter, len(tokens)) for r, tokens in fed],
        )
        last, at, ready = [], -1, []
        for request, tokens in fed:
            at += len(tokens)
            request.held += len(tokens)
            if not request.is_prefilling:
                last.append(at)
                ready.append(request)
        if not ready:
            return []
        states = hidden[torch.tensor(last, device=self._device)]
        with torch.no_grad():
            logits = self.model.lm_head(states).float().cpu()
        found = choices(logits, [r.sampler for r in ready])
        return list(zip(ready, found, states.float().cpu(), strict=True))

    def _fed(self, running: Sequence[Request]) -> list[tuple[Request, Sequence[int]]]:
        """Answers under way first, then as much of prompts as a step has room for."""
        told = sorted(running, key=lambda r: (r.slot.shelf, r.slot.place) if r.slot else (0, 0))
        fed: list[tuple[Request, Sequence[int]]] = [(r, r.feed()) for r in told if not r.is_prefilling]
        left = self._chunk if fed else 4 * self._chunk
        for request in running:
            if request.is_prefilling and left > 0:
                part = request.feed()[:left]
                left -= len(part)
                fed.append((request, part))
        return fed

    def _forward(
        self, rows: Sequence[tuple[Any, int, Sequence[int]]], adapters: list[tuple[str | None, int]]
    ) -> torch.Tensor:
        """Final hidden states, shape (tokens, width), of rows of (slot, tokens held, new ids)."""
        plan = Plan(self.slots, [Segment(slot, held, len(ids)) for slot, held, ids in rows])
        self.bank.aim(adapters)
        tokens = [i for _, _, ids in rows for i in ids]
        positions = [held + n for _, held, ids in rows for n in range(len(ids))]
        with torch.no_grad():
            out = self.model.model(
                input_ids=torch.tensor([tokens], device=self._device),
                position_ids=torch.tensor([positions], device=self._device),
                use_cache=False,
                slot_plan=plan,
            )
        hidden: torch.Tensor = out.last_hidden_state[0]
        return hidden

    def _check_agrees(self, base: Any) -> None:
        """`Unavailable` where the installed transformers does not carry the plan as the pinned one does."""
        ids = [n % base.config.vocab_size for n in (5, 11, 7, 3)]
        slot = self.slots.take(len(ids))
        assert slot is not None
        self._forward([(slot, 0, ids[:2])], [(None, 2)])
        got = self._forward([(slot, 2, ids[2:])], [(None, 2)])
        self.slots.give_back(slot, len(ids))
        with torch.no_grad():
            want = base.model(input_ids=torch.tensor([ids], device=self._device)).last_hidden_state[0, 2:]
        if not torch.allclose(got.float(), want.float(), rtol=5e-2, atol=5e-2 * float(want.abs().max())):
            raise Unavailable(
                "The batching engine does not agree with the model that it stands on.",
                'Install the pinned transformers, or serve with `serving.engine = "single"`.',
            )
