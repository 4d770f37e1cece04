"""R12 by a node of one's own, which asks nobody; whoever watches convicts its batches by the shipped check."""

from types import SimpleNamespace
from typing import Any

from tallystick.app.evidence.facts import ChainView
from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.squatting import PUBLIC, Squat
from tallystick.app.redteam.attacks.stage import DAY, Named, as_
from tallystick.domain.trees import credits_of, true_leaf
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.fraud_proofs import prove
from tallystick.pipeline.auditing.line_checks import check_retired


def by_own_node(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """What the data set is paid for an answer that is settled some days after the registry had it out."""
    squat = Squat(ground, parameters)
    squat.exclude()
    out, grace = squat.out_since, int(ground.contracts.DatasetRegistry.USE_GRACE())
    ground.wait(parameters["waits"] * DAY)
    signed = squat.served(parameters["share"])
    header = squat.stage.header([signed], "nora")
    batch = squat.stage.submit(header, "nora")
    may_earn = out == 0 or batch[2][1] <= out + grace
    read = audited(
        squat.stage.domain, header, (true_leaf(signed),), credits_of([signed]), judged_at=int(batch[2][1])
    )
    if _convicted(squat, batch, read):
        return Profit(0, 0)
    ground.wait(DAY)
    final = squat.stage.finalise(batch)
    paid = squat.stage.reward(final, [signed], "nora").get(squat.dataset.dataset_id, 0)
    return Profit(paid, paid if may_earn else 0)


def _convicted(squat: Squat, batch: Named, read: AuditedBatch) -> bool:
    """Whether vera, who reads the batch's file, convicts it by what the auditor finds."""
    for finding in check_retired(read, _view(squat)):
        proof = prove(read, finding)
        squat.stage.contracts.CreditReferee.retiredAsset(batch, *proof.evidence, as_("vera"))
        return True
    return False


def _view(squat: Squat) -> ChainView:
    """What the shipped auditor knows of assets, asked from these contracts."""
    c = squat.stage.contracts

    def asking(name: str, getter: str) -> Any:
        return lambda asset: int(getattr(getattr(c, name), getter)(asset))

    def retired(name: str) -> Any:
        return SimpleNamespace(
            retired_at=asking(name, "retiredAtOf"),
            use_grace=lambda: int(c.DatasetRegistry.USE_GRACE()),
        )

    nobody_asks: Any = SimpleNamespace(redeemed=int, is_paid=bool, was_signer=bool)
    chain: Any = SimpleNamespace(
        datasets=retired("DatasetRegistry"),
        models=retired("ModelRegistry"),
        agents=retired("AgentRegistry"),
        prior_art=SimpleNamespace(out_since=asking("PriorArt", "outSince")),
        escrow=nobody_asks,
    )
    content: Any = None
    return ChainView(chain, content)


OWN_SQUATTING = Attack(
    "own-squatting",
    "R12: the same, where the node that answers is the squatter's own and asks nobody, and settles days later",
    "a batch pays it nothing once it has been out for longer than the grace of a retirement",
    PUBLIC | {"waits": Range(0, 40)},
    by_own_node,
)
