"""A recipe's method as peft has it."""

from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.method_fields import LORA
from tallystick.pipeline.training.recipe import TrainingRecipe

KINDS = {"p-tuning-v2": "PREFIX_TUNING", "p-tuning-v1": "P_TUNING", "prompt-tuning": "PROMPT_TUNING"}


def method_config(recipe: TrainingRecipe, model: Any) -> Any:
    """The `PeftConfig` with which `recipe` adapts `model`, a causal language model."""
    from peft import get_peft_config

    return get_peft_config({"peft_type": "LORA", **method_arguments(recipe, model)})


def method_arguments(recipe: TrainingRecipe, model: Any) -> dict[str, Any]:
    """What peft is given, and what the adapter's configuration says; without `peft_type` it is LoRA."""
    if recipe.method in LORA:
        return lora_arguments(model, recipe)
    told = {
        "peft_type": KINDS[recipe.method],
        "task_type": "CAUSAL_LM",
        "num_virtual_tokens": recipe.virtual_tokens,
    }
    if recipe.method == "p-tuning-v2":
        told["prefix_projection"] = recipe.projection
        return told | ({"encoder_hidden_size": recipe.encoder_width} if recipe.projection else {})
    if recipe.method == "p-tuning-v1":
        layers = {"encoder_num_layers": recipe.encoder_layers} if recipe.encoder == "lstm" else {}
        kind = recipe.encoder.upper()
        width = recipe.encoder_width
        return {**told, "encoder_reparameterization_type": kind, "encoder_hidden_size": width, **layers}
    begin = {"random": "RANDOM", "vocabulary": "SAMPLE_VOCAB"}[recipe.init]
    return {**told, "prompt_tuning_init": begin}


def lora_arguments(base: Any, recipe: TrainingRecipe) -> dict[str, Any]:
    """LoRA's part of `method_arguments`; DoRA and rsLoRA are LoRA with a flag."""
    count = base.config.num_hidden_layers
    first = max(count - recipe.layers, 0)
    flags = {"dora": {"use_dora": True}, "rslora": {"use_rslora": True}}
    return {
        "r": recipe.rank,
        "lora_alpha": recipe.alpha,
        "lora_dropout": 0.0,
        "target_modules": list(recipe.targets),
        "layers_to_transform": list(range(first, count)),
        "bias": "none",
        "task_type": "CAUSAL_LM",
        **flags.get(recipe.method, {}),
    }


def begin_prefix(model: Any, recipe: TrainingRecipe) -> None:
    """Let a prefix begin as the keys and values of words, drawn by torch's generator; nothing for other adapters.

    Random keys draw all attention at first, and few records do not mend that (Li and Liang 2021, section 7.4).
    """
    if recipe.method != "p-tuning-v2" or recipe.projection or recipe.init != "vocabulary":
        return
    import torch
    from peft import initialize_kv_prefix_from_past_key_values as load

    base = model.get_base_model()
    most = base.get_input_embeddings().num_embeddings
    ids = torch.randint(most, (1, recipe.virtual_tokens)).to(base.device)
    with torch.no_grad(), model.disable_adapter():
        made = base(input_ids=ids, use_cache=True)
    load(model, past_key_values=made.past_key_values)


def adapted(base: Any, recipe: TrainingRecipe) -> Any:
    """`base`, changed in place, with a fresh adapter to train; `InvalidInput` when the recipe does not fit it."""
    from peft import get_peft_model

    try:
        return get_peft_model(base, method_config(recipe, base)).train()
    except ValueError as error:
        raise InvalidInput(
            f"The recipe does not fit this model: {error}.", "Name its layers in `targets`."
        ) from error
