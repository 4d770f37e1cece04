"""The operator's shipped HTTP application over a small random model, in a process of its own: its URL on stdout."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.results import Offer
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.usage import Share, Terms
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted

KEY, ALICE = Key(bytes([7]) * 32), AssetId(b"\xa1" * 32)
CHAIN, ESCROW, ALLOTTED, MAX_TOKENS = 31337, Address("0x" + "e5" * 20), 10**15, 24
TERMS = Terms(
    KEY.address,
    AssetId(b"\x0e" * 32),
    AssetId(b"\x0d" * 32),
    Hash(b"\x01" * 32),
    Hash(b"\x02" * 32),
    200_003,
    600_011,
)
OFFER = Offer("soak", TERMS, terms_id(TERMS), CHAIN, ESCROW, MAX_TOKENS)


class Escrow:
    """Every consumer signs for itself and has the same allotment; nothing was redeemed yet."""

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return signer == consumer

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        return self.can_sign(consumer, signer)

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        return None

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return ALLOTTED

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return 0


def shares(messages: object, passages: object, token_ids: Sequence[int], text: str) -> Attribution:
    """Attribution is measured elsewhere; here the money must be exact whatever it says."""
    return Attribution((Share(ALICE, Pot.TRAINING, 333_333),), (), Gains(-2.0, -1.0, -1.0))


def engine() -> tuple[Any, Any]:
    """Three layers of 32, and bytes as tokens."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.chat import ChatFormat

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {name: i for i, name in enumerate(["<pad>", "<begin>", "<end>", *letters])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", bos_token="<begin>", eos_token="<end>"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}:{{ m['content'] }}\n{% endfor %}"
    torch.manual_seed(3)
    torch.set_num_threads(1)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    chat = ChatFormat(tokenizer)
    return Engine(LlamaForCausalLM(config).eval().requires_grad_(False), chat), chat


def main(path: Path) -> None:
    model, _ = engine()
    kitchen = Kitchen(model, lambda question: (), shares)
    with SqliteLedger(path) as ledger:
        desk = AnswerDesk(dishes=[Dish(OFFER, kitchen)], credit=Escrow(), ledger=ledger, signer=KEY)
        with hosted(server.build(desk)) as url:
            print(url, flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
