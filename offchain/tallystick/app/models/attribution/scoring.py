"""Opens the scorer that defines what is paid, over the very numbers that were served."""

from pathlib import Path
from typing import Any

from tallystick.pipeline.models.weight_format import WeightFormat


def open_reference(base: Path, adapter: Path, form: WeightFormat, *, threads: int = 1) -> tuple[Any, Any]:
    """A `ReferenceScorer` and the chat format; takes the memory of its base in fp32.

    `InvalidInput` for an adapter that is not served.
    """
    from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.adapter import SERVED
    from tallystick.pipeline.models.loading import load_as, with_adapter

    model, chat = load_as(base, form, threads=threads, chat_needed=False)
    adapted = with_adapter(model, adapter, SERVED)
    return ReferenceScorer(adapted, Engine(adapted, chat).encode_prompt), chat
