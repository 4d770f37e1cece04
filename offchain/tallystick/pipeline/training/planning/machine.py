"""What this machine has left."""

import psutil
import torch


def present_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def free_bytes(device: str) -> int:
    """What a new process could take on "cpu" without swapping, or on "cuda" of the first GPU."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)
