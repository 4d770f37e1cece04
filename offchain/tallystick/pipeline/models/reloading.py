"""Loads what was exported as anybody would, by transformers and peft alone, to check it by another path than ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tallystick.pipeline.models.adapter import TUNED, check_adapter
from tallystick.pipeline.models.weight_format import WeightFormat

# A conversation, or plain text to go on with.
Asked = str | Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class PlainModel:
    """A model with its own tokenizer and chat template; greedy."""

    model: Any
    tokenizer: Any

    def answers(self, asked: Sequence[Asked], most_tokens: int) -> list[str]:
        """Of one left-padded group."""
        prompts = [self._prompt(each) for each in asked]
        given = self.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            made = self.model.generate(
                input_ids=given.input_ids,
                attention_mask=given.attention_mask,
                max_new_tokens=most_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self.tokenizer.pad_token_id,
            )
        texts = self.tokenizer.batch_decode(made[:, given.input_ids.shape[1] :], skip_special_tokens=True)
        return [text.strip() for text in texts]

    def logits(self, asked: Asked, answer: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Those that predict the answer and its end mark, shape (tokens, vocabulary), with their ids."""
        prompt = self.tokenizer(self._prompt(asked), add_special_tokens=False).input_ids
        said = self.tokenizer(answer, add_special_tokens=False).input_ids
        told = [*said, self.tokenizer.eos_token_id]
        with torch.no_grad():
            made = self.model(input_ids=torch.tensor([[*prompt, *told]]), use_cache=False).logits
        return made[0, -len(told) - 1 : -1].float(), torch.tensor(told)

    def _prompt(self, asked: Asked) -> str:
        if isinstance(asked, str):
            begin = self.tokenizer("").input_ids[:1] == [self.tokenizer.bos_token_id]
            return (self.tokenizer.bos_token if begin else "") + asked
        made: str = self.tokenizer.apply_chat_template(
            list(asked), tokenize=False, add_generation_prompt=True
        )
        return made


def reload_folder(folder: Path, *, half: bool = False) -> PlainModel:
    """Merged weights, or a 4-bit artifact, which says so itself."""
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if half else torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, local_files_only=True, trust_remote_code=False
    )
    return PlainModel(model.eval(), _tokenizer(folder))


def reload_adapter(base: Path, folder: Path, form: WeightFormat) -> PlainModel:
    """By peft over the base as bitsandbytes packs it, or in the precision that it was rounded to.

    Its configuration is rebuilt from the fields that we know: peft would follow what else stands in the file.
    """
    from peft import PeftModel, get_peft_config
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    packing = None
    if form.quantisation == "int8":
        packing = BitsAndBytesConfig(load_in_8bit=True)
    elif form.quantisation is not None:
        packing = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type=form.quantisation,
            bnb_4bit_use_double_quant=form.double_quantisation,
            bnb_4bit_compute_dtype=torch.float32,
        )
    dtype = torch.bfloat16 if form.is_rounded else torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        base, quantization_config=packing, dtype=dtype, local_files_only=True, trust_remote_code=False
    )
    config = get_peft_config({"peft_type": "LORA", **check_adapter(folder, TUNED), "inference_mode": True})
    return PlainModel(PeftModel.from_pretrained(model, folder, config=config).eval(), _tokenizer(base))


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    found = AutoTokenizer.from_pretrained(
        folder, padding_side="left", local_files_only=True, trust_remote_code=False
    )
    if found.pad_token is None:
        found.pad_token = found.eos_token
    return found
