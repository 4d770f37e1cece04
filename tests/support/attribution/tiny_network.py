"""A network of a few hundred weights with LoRA matrices of our names, as our scorer and as a published library see it."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

WORDS, WIDTH = 11, 6


class Adapted(nn.Module):
    """A frozen linear layer with a trained low-rank part."""

    def __init__(self, wide: int, out: int, rank: int = 2) -> None:
        super().__init__()
        self.frozen = nn.Linear(wide, out).requires_grad_(False)
        self.lora_A, self.lora_B = nn.Linear(wide, rank, bias=False), nn.Linear(rank, out, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.frozen(x) + self.lora_B(self.lora_A(x))
        return out


class Network(nn.Module):
    """Guesses each next word from the word before it."""

    def __init__(self, seed: int = 3) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.words = nn.Embedding(WORDS, WIDTH).requires_grad_(False)
        self.up, self.down = Adapted(WIDTH, 2 * WIDTH), Adapted(2 * WIDTH, WORDS)

    def hidden(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.up(self.words(ids)))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.down(self.hidden(ids))
        return out


class NetworkScorer:
    """The engine's side of it: gradients and hidden states of an answer after a prompt."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        ids, told = torch.tensor([*prompt_ids, *answer_ids]), len(answer_ids)
        trained = [w for n, w in self.network.named_parameters() if "lora_" in n]
        loss = functional.cross_entropy(self.network(ids)[-told - 1 : -1], ids[-told:])
        flat = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, trained)])
        return flat, self.network.hidden(ids)[-told - 1 : -1].detach().mean(0)
