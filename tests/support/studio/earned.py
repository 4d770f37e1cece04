"""An asset that has earned: a final batch, and a reward period with its public file, active on the chain."""

from support.chain_stage import DAY, OPEN, Stage, make_header
from tallystick.domain.ids import AUDIT_POOL, AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, epoch_tree
from tallystick.gateways.chain.devchain import DevChain
from tallystick.pipeline.claims import publication
from tallystick.ports import ContentStore, Proposal

EARNED = 6 * OPEN


def let_earn(stage: Stage, devchain: DevChain, content: ContentStore, *assets: AssetId) -> bytes:
    """6 of the 10 OPEN of a batch are these assets', in equal parts; the period's file, which is pinned."""
    batch_id, _ = stage.nora.batches.submit_batch(make_header())
    devchain.advance(DAY)
    stage.vera.batches.finalise_batch(batch_id)
    each = EARNED // len(assets)
    rows = sorted([*((asset, each) for asset in assets), (AUDIT_POOL, OPEN)])
    epoch = [EpochLeaf(a, batch_id, 0, amount) for a, amount in rows]
    cumulative = [CumulativeLeaf(a, 0, amount) for a, amount in rows]
    file = publication.write(epoch, cumulative)
    roots = [
        (Hash(t.hash), t.sum, t.count) for t in (epoch_tree(epoch).root, cumulative_tree(cumulative).root)
    ]
    proposal = Proposal(*roots[0], *roots[1], content.add(file), 0, 1, 0, 0, 0)
    proposal_id, _ = stage.nora.rewards.propose(proposal, None)
    devchain.advance(DAY)
    stage.vera.rewards.activate(proposal_id, proposal)
    return file
