"""What a training process needs before it has a base: measured by a process of its own that trains next to nothing.

Run as a module it prints bytes; given a folder, its tokenizer is loaded too.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

from tallystick.errors import Unavailable


@cache
def libraries_bytes(tokenizer: Path | None = None) -> int:
    """Peak resident bytes of such a process. `Unavailable` when it fails or the system does not count."""
    command = [sys.executable, "-m", __name__, *([str(tokenizer)] if tokenizer else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout.split():
        raise Unavailable(f"The libraries' memory cannot be measured: {done.stderr.strip()[-300:]}.")
    return int(done.stdout.split()[-1])


def _measured(tokenizer: str | None) -> int:
    import resource

    import bitsandbytes  # noqa: F401
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from tallystick.pipeline.training.allocator import give_back_memory
    from tallystick.pipeline.training.recipe import TrainingRecipe
    from tallystick.pipeline.training.records import Encoded
    from tallystick.pipeline.training.tuning import tune

    give_back_memory()
    kept = (
        AutoTokenizer.from_pretrained(tokenizer, local_files_only=True, trust_remote_code=False)
        if tokenizer
        else None
    )
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    recipe = TrainingRecipe(method="lora", halves=False, epochs=1, minibatch=2, packing=True, loss="fused")
    record = Encoded(tuple(range(32)), (False,) * 16 + (True,) * 16)
    with torch.random.fork_rng():
        tune(LlamaForCausalLM(config).requires_grad_(False), [record] * 2, recipe, lambda *_: None)
    del kept
    # Kilobytes on Linux, bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(_measured(sys.argv[1] if len(sys.argv) > 1 else None))
