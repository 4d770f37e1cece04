"""Starts workers on a Ray cluster, or on a Ray of this machine alone. Ray is an extra: `tallystick[ray]`."""

import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from tallystick.errors import InvalidInput, Unavailable
from tallystick.pipeline.training.parallel.processes import check_workers


class _Worker:
    """An actor; lives on a machine of the cluster that has this package and the base's folder at the same place."""

    def place(self) -> tuple[str, int]:
        import ray

        with socket.socket() as free:
            free.bind(("", 0))
            return ray.util.get_node_ip_address(), int(free.getsockname()[1])

    def run(
        self, work: Callable[..., Any], arguments: Sequence[Any], rank: int, size: int, place: tuple[str, int]
    ) -> Any:
        told = {"RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": place[0], "MASTER_PORT": place[1]}
        os.environ.update({name: str(value) for name, value in told.items()})
        return work(*arguments)


def on_ray(
    work: Callable[..., Any], arguments: Sequence[Any], workers: int, address: str | None = None
) -> Any:
    """What rank 0 of `workers` returns of `work(*arguments)`. `address` is the cluster's; None starts Ray here.

    A worker asks for a GPU where the cluster has that many. Arguments travel through Ray's object store.
    """
    check_workers(workers)
    try:
        import ray
    except ImportError as error:
        raise InvalidInput(
            "Ray is not installed.", "Run `pip install 'tallystick[ray]'`, or train without `--ray`."
        ) from error
    told = {"address": address} if address else {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(**told, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise Unavailable(
            f"There is no Ray cluster at {address}: {_last_line(error)}.", "Start one: `ray start --head`."
        ) from error
    try:
        return _run(ray, work, arguments, workers)
    except ray.exceptions.RayError as error:
        raise Unavailable(
            f"A worker on Ray failed: {_last_line(error)}.", "Train with one worker to see why."
        ) from error
    finally:
        ray.shutdown()


def _run(ray: Any, work: Callable[..., Any], arguments: Sequence[Any], workers: int) -> Any:
    """Refuses what Ray would wait for without end."""
    has = ray.cluster_resources()
    if has.get("CPU", 0) < workers:
        raise InvalidInput(
            f"{workers} workers do not fit on this Ray cluster, which has {has.get('CPU', 0):g} processors.",
            "Take fewer `--workers`, or add machines to the cluster.",
        )
    gpus = int(has.get("GPU", 0) >= workers)
    actors = [ray.remote(_Worker).options(num_cpus=1, num_gpus=gpus).remote() for _ in range(workers)]
    place = ray.get(actors[0].place.remote())
    return ray.get([a.run.remote(work, arguments, r, workers, place) for r, a in enumerate(actors)])[0]


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")
