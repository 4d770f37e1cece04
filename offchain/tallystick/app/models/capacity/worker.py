"""One worker's life in a shared training."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tallystick.app.models.capacity.parallel import SharedOutcome, SharedTraining, Stopped
from tallystick.app.models.jobs.run_folder import CHECKPOINTS, FACTS, RunFolder, locked, write_facts
from tallystick.app.models.jobs.watch import Watch, counting
from tallystick.errors import Conflict, NodeError

WORKERS_LOCK = "workers.lock"
PATIENCE_S = 60.0


def work(training: SharedTraining) -> SharedOutcome | NodeError | Stopped:
    """The first worker keeps the adapter and the checkpoints. A refusal is returned: launchers tell only that one failed.

    Also for torchrun over several machines, called by a script.
    """
    from tallystick.pipeline.training.allocator import give_back_memory
    from tallystick.pipeline.training.parallel.group import Group

    end_with_parent()
    give_back_memory()
    group = Group.joined(sharded=training.sharded)
    try:
        with ExitStack() as stack:
            refused = _claimed(stack, training.run) if group.is_first else None
            if refused := group.told(refused):
                raise refused
            return trained_by(group, training)
    except (NodeError, Stopped) as error:
        return error
    finally:
        group.leave()


def _claimed(stack: ExitStack, run: Path | None) -> NodeError | None:
    """Why the first worker may not begin; all must hear it, as the others would wait for it."""
    try:
        stack.enter_context(alone(run))
    except NodeError as error:
        return error
    return None


def end_with_parent() -> None:
    """From now on this process ends when who started it has: in the midst of a collective no signal would end it.

    Checkpoints appear whole or not at all, so any moment is good.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def trained_by(group: Any, training: SharedTraining) -> SharedOutcome:
    """The part of one process of a `Group`; all of them call it."""
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.training.records import encode_records
    from tallystick.pipeline.training.tuning import tune

    model, chat = opened_base(training, group.device)
    records = encode_records(training.bodies, chat, training.recipe.cutoff)
    saved = _checkpoints(training, group) if training.run else None
    done = tune(model, records, training.recipe, _told(training, group), saved, group)
    digest = save_adapter(done.model, training.folder, done.lora) if group.is_first else b""
    return SharedOutcome(digest, done.losses, done.seconds, done.tokens)


def _checkpoints(training: SharedTraining, group: Any) -> Any:
    from tallystick.pipeline.training.checkpoint import Checkpoints, machine_facts
    from tallystick.pipeline.training.parallel.shared_checkpoints import SharedCheckpoints

    run = RunFolder(training.run or Path())
    facts = machine_facts(group.device.partition(":")[0]) | training.facts
    facts |= {"workers": str(group.size), "sharded": str(group.sharded)}
    if group.is_first:
        write_facts(run.path / FACTS, facts)
    saved = Checkpoints(run.path / CHECKPOINTS, facts, tell=run.note_event, points=training.points)
    return SharedCheckpoints(group, saved)


def _told(training: SharedTraining, group: Any) -> Callable[[int, int, float, float], None]:
    """Steps go to the run directory; what ends the first worker there, a request to stop or a full disk, ends all."""
    run = RunFolder(training.run) if training.run and group.is_first else None
    counted = counting(Watch(step=run.note_step)) if run else None

    def told(step: int, steps: int, loss: float, rate: float) -> None:
        failed: OSError | None = None
        try:
            if counted:
                counted(step, steps, loss, rate)
        except OSError as error:
            failed = error
        ends = failed is not None or (run is not None and run.is_asked_to_stop())
        if training.run and group.any(ends):
            raise failed or Stopped()

    return told


@contextmanager
def alone(run: Path | None) -> Iterator[None]:
    """Workers outlive a launcher that is killed by moments, and must not write beside those that go on."""
    if run is None:
        yield
        return
    end = time.monotonic() + PATIENCE_S
    while True:
        with locked(run / WORKERS_LOCK) as is_mine:
            if is_mine:
                yield
                return
        if time.monotonic() > end:
            raise Conflict("Workers of an earlier try still run.", "End them, then `tallystick job resume`.")
        time.sleep(0.2)


def opened_base(training: SharedTraining, device: str) -> tuple[Any, Any]:
    """On the worker's device. To be sharded, 4-bit layers stay packed; else they are unpacked, as int8 always is.

    Of int8 layers bitsandbytes keeps a whole copy beside the weight, which FSDP cannot cut.
    """
    from tallystick.pipeline.models.loading import load_as, load_base

    form = training.form
    if training.sharded and form.quantisation in ("nf4", "fp4"):
        # Rounded here, as `tune` rounds no packed model; bitsandbytes has put it onto the current device.
        return load_as(training.base, form, threads=training.threads, packed=True, chat_needed=False)
    model, chat = load_base(
        training.base,
        threads=training.threads,
        quantisation=form.quantisation,
        double_quantisation=form.double_quantisation,
        chat_needed=False,
    )
    return model.to(device), chat
