"""Time and peak memory of a stretch of work, by what the device allows."""

import ctypes
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Stretch:
    """`peak` bytes above what stood before, so without the models; None where the system does not tell."""

    seconds: float
    peak: int | None


def timed(device: str, work: Callable[[], None]) -> Stretch:
    """Wall time on CUDA, after all kernels ended; the process' own time on a CPU, which neighbours do not lengthen."""
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        begun = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return Stretch(time.perf_counter() - begun, torch.cuda.max_memory_allocated() - before)
    told = _forget_peak()
    before = peak_resident()
    begun = time.process_time()
    work()
    spent, most = time.process_time() - begun, peak_resident()
    known = told and before is not None and most is not None
    return Stretch(spent, (most or 0) - (before or 0) if known else None)


def _forget_peak() -> bool:
    with suppress(OSError, AttributeError):
        # What earlier work freed, and the allocator kept.
        ctypes.CDLL(None).malloc_trim(0)
    try:
        RESET.write_text("5")
    except OSError:
        return False
    return True


def peak_resident() -> int | None:
    """The most bytes that this process had resident since its start, or since the peak was forgotten."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text()) if STATUS.exists() else None
    return int(found.group(1)) * 1024 if found else None
