"""The ways to answer the same requests; each gives its seconds and every token."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.served.world import Numbers, Wanted

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Served:
    """`seconds` of the process's own time, which neighbours on the machine hardly change.

    `first` and `each`: of every request, seconds on the clock to its first token, and tokens a second from then on.
    """

    seconds: float
    answers: tuple[tuple[int, ...], ...]
    first: tuple[float, ...] = ()
    each: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Tokens a second of the process, all requests together."""
        return sum(map(len, self.answers)) / self.seconds


class Batched:
    """The shipped engine. `bank` adapters at once, `places` answers at once."""

    def __init__(self, base: Any, adapters: dict[str, Path], *, bank: int, places: int, longest: int = 600):
        from tallystick.pipeline.inference.batching.batcher import Batcher
        from tallystick.pipeline.inference.batching.slots import shape_of
        from tallystick.pipeline.inference.batching.stepping import Room
        from tallystick.pipeline.inference.batching.store import AdapterStore
        from tallystick.pipeline.inference.batching.weights import read_weights
        from tallystick.pipeline.models.adapter import check_adapter

        def store(changed: Callable[[], None]) -> AdapterStore:
            return AdapterStore(
                lambda folder: read_weights(folder, base, check_adapter),
                host_bytes=256 * MEGABYTE,
                disk_bytes=1 << 40,
                changed=changed,
            )

        # Half of the memory is for answers of a quarter of the length: enough for `places` of them.
        room = Room(
            cache_bytes=shape_of(base).bytes_each * longest * places // 2,
            longest=longest,
            at_once=places,
            bank=bank,
            bank_bytes=8 << 30,
        )
        self._batcher = Batcher(base, room, 1 << 20, store)
        self.places = self._batcher.load().places
        for name, folder in adapters.items():
            self._batcher.store.register(name, folder)

    def run(self, wanted: Sequence[Wanted], at_once: int | None = None) -> Served:
        """All together; or in groups of `at_once`, each waiting for the last of the one before."""
        began = time.process_time()
        group, told = at_once or len(wanted), list[tuple[tuple[int, ...], float, float]]()
        for start in range(0, len(wanted), group):
            told += self._together(wanted[start : start + group])
        seconds = time.process_time() - began
        return Served(
            seconds, tuple(t[0] for t in told), tuple(t[1] for t in told), tuple(t[2] for t in told)
        )

    def run_static(self, wanted: Sequence[Wanted]) -> Served:
        """As a static batch runs: rows of a group go on until its longest answer ends; what is past an answer is lost."""
        groups = [wanted[n : n + self.places] for n in range(0, len(wanted), self.places)]
        padded = [replace(w, tokens=max(o.tokens for o in group)) for group in groups for w in group]
        made = self.run(padded, self.places)
        return Served(made.seconds, tuple(a[: w.tokens] for a, w in zip(made.answers, wanted, strict=True)))

    def _together(self, wanted: Sequence[Wanted]) -> list[tuple[tuple[int, ...], float, float]]:
        found: list[Any] = [None] * len(wanted)

        def ask(place: int) -> None:
            found[place] = self._ask(wanted[place], str(place))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(wanted))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def _ask(self, one: Wanted, tenant: str) -> tuple[tuple[int, ...], float, float]:
        from tallystick.pipeline.inference.batching.served import ServedModel

        model = ServedModel(self._batcher, Numbers(), lambda messages, context: [], one.adapter)
        began, ids, first = time.perf_counter(), [], 0.0
        for token in model.generate(one.prompt, one.tokens, tenant=tenant):
            first = first or time.perf_counter()
            ids.append(token.token_id)
        rest = time.perf_counter() - first
        return tuple(ids), first - began, (len(ids) - 1) / rest if len(ids) > 1 else 0.0

    def close(self) -> None:
        self._batcher.close()


class Swapping:
    """The single engine: an adapter is read and put in for each request, one request at a time."""

    def __init__(self, base: Any, adapters: dict[str, Path]) -> None:
        from tallystick.pipeline.inference.batching.twin import twin
        from tallystick.pipeline.inference.engine import Engine
        from tallystick.pipeline.models.loading import with_adapter

        self._adapters = adapters
        self._model = with_adapter(twin(base), next(iter(adapters.values())))
        self._engine = Engine(self._model, Numbers())

    def run(self, wanted: Sequence[Wanted]) -> Served:
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file

        began, answers = time.process_time(), []
        for one in wanted:
            weights = load_file(self._adapters[one.adapter] / "adapter_model.safetensors")
            set_peft_model_state_dict(self._model, weights)
            self._engine.forget()
            answers.append(tuple(t.token_id for t in self._engine.generate(one.prompt, one.tokens)))
        return Served(time.process_time() - began, tuple(answers))


class Mixed:
    """PEFT's own mixed batches: one left-padded `generate` with the adapter of each row by name."""

    def __init__(self, base: Any, adapters: dict[str, Path]) -> None:
        from peft import PeftModel

        from tallystick.pipeline.inference.batching.twin import twin

        (first, folder), *others = adapters.items()
        self._model = PeftModel.from_pretrained(twin(base), str(folder), adapter_name=first)
        for name, folder in others:
            self._model.load_adapter(str(folder), adapter_name=name)
        self._model.eval()

    def run(self, wanted: Sequence[Wanted]) -> Served:
        import torch

        width, tokens = max(len(w.prompt) for w in wanted), wanted[0].tokens
        ids = torch.tensor([[0] * (width - len(w.prompt)) + list(w.prompt) for w in wanted])
        mask = torch.tensor([[0] * (width - len(w.prompt)) + [1] * len(w.prompt) for w in wanted])
        began = time.process_time()
        with torch.no_grad():
            made = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
                adapter_names=[w.adapter for w in wanted],
            )
        return Served(time.process_time() - began, tuple(tuple(r[width:].tolist()) for r in made))
