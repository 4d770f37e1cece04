"""Starts workers on this machine, as torchrun does."""

from collections.abc import Callable, Sequence
from typing import Any

from tallystick.errors import InvalidInput, Unavailable

MOST_WORKERS = 64


def launched(work: Callable[..., Any], arguments: Sequence[Any], workers: int) -> Any:
    """What rank 0 of `workers` processes on this machine returns of `work(*arguments)`, by torchrun's own launcher.

    Arguments go through memory, never a file. `Unavailable` when a worker fails, KeyboardInterrupt by Ctrl-C.
    """
    check_workers(workers)
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        run_id="tallystick",
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=workers,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        start_method="spawn",
        monitor_interval=0.2,
    )
    try:
        return elastic_launch(config, work)(*arguments)[0]
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        raise Unavailable(
            f"Worker {failure.local_rank} failed: {_told(failure)}.", "Train with one worker to see why."
        ) from error
    except SignalException as error:
        raise KeyboardInterrupt from error


def _told(failure: Any) -> str:
    """Its last words, or how it died."""
    if failure.exitcode < 0:
        return f"it was ended by signal {-failure.exitcode}"
    return str(failure.message).strip().splitlines()[-1].rstrip(".")


def check_workers(workers: int) -> None:
    if not 1 <= workers <= MOST_WORKERS:
        raise InvalidInput(f"{workers} workers are not possible.", f"Take 1 to {MOST_WORKERS}.")
