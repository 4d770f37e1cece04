"""A chain with a thousand data sets that have all earned: registered, in one final batch and in one active period."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import AUDIT_POOL, AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, epoch_tree
from tallystick.gateways.chain.devchain import DevChain
from tallystick.pipeline.claims import publication
from tallystick.ports import ContentStore, Proposal, Revelation

AT_ONCE, CC_BY = 25, 1


def fill(chain: DevChain, stage: Any, content: ContentStore, count: int) -> tuple[AssetId, ...]:
    """`count` data sets of nora's; half an OPEN and more of the batch's ten is shared among them."""
    nora, made = stage.nora, list[AssetId]()
    bond = nora.datasets.bond_of(10)
    nora.token.approve(nora.datasets.address, bond * count)
    for first in range(0, count, AT_ONCE):
        opened = [_revelation(number) for number in range(first, min(first + AT_ONCE, count))]
        who = nora.sender.address
        nora.datasets.commit([nora.datasets.commitment_of(who, r.root, r.salt) for r in opened])
        chain.mine(nora.datasets.reveal_blocks()[0])
        made += nora.datasets.reveal(opened)[0]
    _let_earn(chain, stage, content, made)
    return tuple(made)


def _revelation(number: int) -> Revelation:
    word = number.to_bytes(32)
    root, manifest = Hash(keccak256(b"root" + word)), Hash(keccak256(b"manifest" + word))
    return Revelation(root, 10, manifest, CC_BY, word)


def _let_earn(chain: DevChain, stage: Any, content: ContentStore, assets: Sequence[AssetId]) -> None:
    sys.path.append("tests")
    told = import_module("support.chain_stage")
    batch_id, _ = stage.nora.batches.submit_batch(told.make_header())
    chain.advance(told.DAY)
    stage.vera.batches.finalise_batch(batch_id)
    rows = sorted([*((asset, 600 + n) for n, asset in enumerate(assets)), (AUDIT_POOL, told.OPEN)])
    epoch = [EpochLeaf(asset, batch_id, 0, amount) for asset, amount in rows]
    cumulative = [CumulativeLeaf(asset, 0, amount) for asset, amount in rows]
    file = publication.write(epoch, cumulative)
    first, second = epoch_tree(epoch).root, cumulative_tree(cumulative).root
    roots = (Hash(first.hash), first.sum, first.count, Hash(second.hash), second.sum, second.count)
    proposal = Proposal(*roots, content.add(file), 0, 1, 0, 0, 0)
    proposal_id, _ = stage.nora.rewards.propose(proposal, None)
    chain.advance(told.DAY)
    stage.vera.rewards.activate(proposal_id, proposal)
