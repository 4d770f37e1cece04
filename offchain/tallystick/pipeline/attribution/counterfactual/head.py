"""The head of a decoder over the whole vocabulary, or over the words that a training can change."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn import functional

from tallystick.pipeline.attribution.counterfactual.adapters import in_kind

LIKELY = 16


class Head:
    """Negative log-likelihoods from final hidden states.

    The head is most of a small retraining's work, and nearly all of its vocabulary has no probability at any answer:
    `narrow` keeps what the records say and what the base model would have said in their place.
    """

    def __init__(self, head: nn.Linear, kind: torch.dtype) -> None:
        self._whole = in_kind(head, kind)
        self._kept, self._place = self._whole, torch.arange(head.out_features)

    def likely(self, final: torch.Tensor) -> set[int]:
        """The most likely tokens at each place."""
        made = self._whole(final.to(self._whole.weight.dtype))
        return set(made.topk(LIKELY).indices.flatten().tolist())

    def narrow(self, tokens: Iterable[int]) -> None:
        """Train over these tokens alone from now on."""
        kept = torch.tensor(sorted(tokens), device=self._whole.weight.device)
        self._place = torch.full((self._whole.out_features,), -1)
        self._place[kept.cpu()] = torch.arange(len(kept))
        made = nn.Linear(self._whole.in_features, len(kept), bias=self._whole.bias is not None, device="meta")
        made.weight = nn.Parameter(self._whole.weight[kept], requires_grad=False)
        if self._whole.bias is not None:
            made.bias = nn.Parameter(self._whole.bias[kept], requires_grad=False)
        self._kept = made

    def nll(self, final: torch.Tensor, target: torch.Tensor, *, narrow: bool) -> torch.Tensor:
        """Of every target token, nats."""
        head = self._kept if narrow else self._whole
        told = self._place[target] if narrow else target
        made = head(final.to(head.weight.dtype)).float()
        return functional.cross_entropy(made, told.to(made.device), reduction="none")
