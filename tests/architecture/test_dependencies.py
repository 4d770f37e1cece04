"""Every library that the project promises is here and works, each tried in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAMS = {
    "web3": """
from web3 import Web3
assert Web3.keccak(text="").hex().endswith("a470")
assert Web3.to_wei(1, "gwei") == 10**9
""",
    "brownie": """
from brownie.convert import to_bytes
from brownie.network.account import Accounts
assert to_bytes("0x01", "bytes32")[-1] == 1 and len(Accounts()) == 0
""",
    "torch": """
import torch
x = torch.tensor([3.0], requires_grad=True)
(x * x).backward()
assert x.grad.item() == 6.0
""",
    "transformers": """
import torch
from transformers import LlamaConfig, LlamaForCausalLM
config = LlamaConfig(
    vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2
)
assert LlamaForCausalLM(config)(torch.tensor([[1, 2]])).logits.shape == (1, 2, 8)
""",
    "peft": """
import torch
from peft import LoraConfig, get_peft_model
model = torch.nn.Sequential(torch.nn.Linear(4, 4))
adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["0"]))
assert adapted.get_nb_trainable_parameters()[0] == 16
""",
    "bitsandbytes": """
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
weights = torch.linspace(-1, 1, 4096).reshape(64, 64)
packed, state = quantize_4bit(weights, quant_type="nf4")
assert (dequantize_4bit(packed, state) - weights).abs().max() < 0.2
""",
    "ipfshttpclient": """
import ipfshttpclient
client = ipfshttpclient.Client("/ip4/127.0.0.1/tcp/9/http", session=True)
try:
    client.id()
except ipfshttpclient.exceptions.ConnectionError:
    client.close()
else:
    raise SystemExit("somebody answers on the discard port")
""",
    "click": """
import click
from click.testing import CliRunner
greet = click.command()(lambda: click.echo("hello"))
assert CliRunner().invoke(greet).output == "hello\\n"
""",
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("library", PROGRAMS)
def test_library_when_used_works(library: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAMS[library]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
