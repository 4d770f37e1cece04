"""The demo, step by step: data becomes a model, the model paid answers, the answers money, with proofs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.app.answering.kitchen import Kitchen
from tallystick.app.demo import report
from tallystick.app.demo.cast import Cast
from tallystick.app.demo.contribution import (
    Catalogue,
    learnt_of,
    register_all,
    register_model,
    seal_questions,
    train_model,
)
from tallystick.app.demo.exchange import Outcome, ask_all, fund, open_shop, show_answer
from tallystick.app.demo.keeping import keep
from tallystick.app.demo.money import account, catch_cheat, pay_out, put_up_stake, settle_batch
from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Stage
from tallystick.app.models.publish import PublishedModel
from tallystick.app.models.serve import Menu, open_kitchen
from tallystick.app.trace import trace
from tallystick.domain.ids import AssetId

NAME = "estuary"
OpenStage = Callable[[Narrator], AbstractContextManager[Stage]]


@dataclass(frozen=True, slots=True)
class Told:
    """Where the report is."""

    report: Path
    conservation_error: int


def tell_story(open_stage: OpenStage, cast: Cast, tell: Narrator, report_file: Path) -> Told:
    """Plays all steps; raises the first error, with everything it started stopped."""
    with open_stage(tell) as stage:
        with tell.step("contribution", f"Contribution: data sets of {len(cast.contributions)} contributors"):
            catalogue = register_all(stage, cast, tell)
        with tell.step("training", "Training: QLoRA on the CPU, judged on sealed questions"):
            sealed = seal_questions(stage, cast, tell)
            trained = train_model(stage, cast, catalogue, tell)
            model, index = register_model(stage, catalogue, trained, "nora", sealed["nora"], tell)
            menu = Menu(
                learnt_of(stage, catalogue, trained),
                index,
                catalogue.retrieval,
                stage.actor("nora").chain.models.lineage_shares(model.model_id),
            )
        outcomes, kitchen = _serve(stage, cast, catalogue, menu, model, tell)
        with tell.step("rival", "A second operator, carl, sells two answers of the same model"):
            rivals, _ = register_model(stage, catalogue, trained, "carl", sealed["carl"], tell)
            fund(stage, "bob", "carl", 20_000_000)
            with open_shop(stage, kitchen, rivals, NAME, "carl", "bob") as proxy:
                ask_all(stage, proxy, NAME, cast.served[:2], catalogue.owner_of, tell)
        with tell.step("settlement", "Settlement: vouchers, a batch, its window, reward roots, claims"):
            put_up_stake(stage, "nora")
            closed, receipts = settle_batch(stage, "nora", tell)
            assets = _assets(catalogue, model)
            claims = pay_out(stage, "nora", assets, tell)
            money = account(stage, closed, receipts, model.terms, claims)
            tell.say(
                f"fees {money.fees} = payouts {money.payouts} + burned {money.burned} + pools {money.pools}"
                f" + dust {money.dust}; error {money.error}"
            )
        with tell.step("cheat", "A cheat: carl's batch, vera's proof"):
            put_up_stake(stage, "carl")
            _, _, verdict = catch_cheat(stage, rivals.terms.operator_asset, tell)
        with tell.step("trace", "Trace: one answer from its records to the claimed wallet"):
            _trace(stage, outcomes, tell)
        built = report.build(
            stage, catalogue, trained, outcomes, money, claims, verdict, cast.copier, tell.seconds
        )
        report.write(built, report_file)
        keep(stage, NAME, catalogue, trained, model)
        _table(built, catalogue, tell)
        return Told(report_file, money.error)


def _serve(
    stage: Stage,
    cast: Cast,
    catalogue: Catalogue,
    menu: Menu,
    model: PublishedModel,
    tell: Narrator,
) -> tuple[list[Outcome], Kitchen]:
    with tell.step("serving", "Serving: the model, its documents and its attribution index"):
        kitchen = open_kitchen(menu)
        fund(stage, "bob", "nora")
        tell.say("bob deposited and allotted to nora; his pay proxy holds a capped session key")
    with tell.step("questions", f"Questions: {len(cast.served)} by the OpenAI client through the pay proxy"):
        with open_shop(stage, kitchen, model, NAME, "nora", "bob") as proxy:
            outcomes = ask_all(stage, proxy, NAME, cast.served, catalogue.owner_of, tell)
        for outcome in _examples(outcomes):
            show_answer(outcome, catalogue.owner_of, tell)
        counted = report.attribution_of(outcomes)
        tell.say(
            f"attribution right on {counted['top1_correct']} of {counted['questions']}: {counted['by_channel']}"
        )
        for missed in (o for o in outcomes if o.served.owner is not None and not o.is_right):
            tell.say(
                f"missed: {missed.served.question} ({missed.served.owner} held it; top: {missed.top or 'nobody'})"
            )
    return outcomes, kitchen


def _examples(outcomes: list[Outcome]) -> list[Outcome]:
    """The first answer of each channel."""
    seen: dict[str, Outcome] = {}
    for outcome in outcomes:
        seen.setdefault(outcome.served.channel, outcome)
    return list(seen.values())


def _assets(catalogue: Catalogue, model: PublishedModel) -> list[AssetId]:
    return [
        *(r.dataset.asset_id for _, r in catalogue.registered),
        model.model_id,
        model.terms.operator_asset,
    ]


def _trace(stage: Stage, outcomes: list[Outcome], tell: Narrator) -> None:
    vera, nora = stage.actor("vera"), stage.actor("nora")
    chosen = next((o for o in outcomes if o.is_right), outcomes[0])
    stored = next(
        s
        for s in nora.ledger.receipts.recent(500)
        if nora.ledger.receipts.opening(s.digest).answer == chosen.asked.text
    )
    found = trace(vera.chain, stage.content, stored.digest, nora.ledger.receipts.opening(stored.digest))
    for step in found.steps:
        tell.say(f"{step.name:14} {step.what}")


def _table(built: dict[str, Any], catalogue: Catalogue, tell: Narrator) -> None:
    rows = [
        (
            "ROUGE-L before -> after",
            f"{built['scores']['before']['rouge_l']} -> {built['scores']['after']['rouge_l']}",
        ),
        ("95 % interval of the gain", str([round(v, 3) for v in built["scores"]["ci"]])),
        (
            "attribution right",
            f"{built['attribution']['top1_correct']} of {built['attribution']['questions']}",
        ),
        ("fees, base units", str(built["money"]["fees"])),
        ("paid to contributors, model and operator", str(built["money"]["payouts"])),
        ("burned, pools, dust", "{burned}, {pools}, {dust}".format(**built["money"])),
        ("conservation error", str(built["conservation_error"])),
        ("the copy earned", str(built["clone"]["earned"]) if built["clone"] else "no copy in this data"),
        (
            "the cheat",
            f"convicted, {built['fraud']['gas']} gas, reporter paid {built['fraud']['reporter_paid']}",
        ),
    ]
    rows += [(f"{d['name']} earned", str(d["earned"])) for d in built["datasets"]]
    tell.table("What happened", rows)
