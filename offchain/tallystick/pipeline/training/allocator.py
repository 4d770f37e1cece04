"""The C library's allocator, told to give back what a training frees."""

import ctypes
from contextlib import suppress

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
LARGE = 128 * 1024


def give_back_memory() -> None:
    """For the rest of this process, blocks of LARGE bytes and more are mapped, and unmapped when freed.

    Left alone, glibc raises that bound to 32 MiB as it goes, and gaps between a step's tensors stay in the process: twice
    the memory that the tensors take (docs/decisions/0017). Elsewhere than on glibc it does nothing.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, LARGE)
        library.mallopt(TRIM_THRESHOLD, LARGE)
