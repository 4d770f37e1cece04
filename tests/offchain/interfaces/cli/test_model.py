"""Commands about the quality of models and about sealed sets: each calls one method."""

from pathlib import Path
from typing import Any

import pytest

from support.recorder import called
from tallystick.app.models.export import KINDS
from tallystick.interfaces.cli.evaluation import SCORES as OFFERED_SCORES
from tallystick.interfaces.cli.model import EXPORTS
from tallystick.pipeline.evaluation.gate import SCORES

SEALED = {"share": 0.1, "score": "rouge_l", "margin": 0.02, "confidence": 0.95}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "evaluation commit spring --file records.csv --map question=q --score rouge_2 --margin 0.01",
        "commit_evaluation",
        {
            **SEALED,
            "name": "spring",
            "file": Path("records.csv"),
            "mapping": {"question": "q"},
            "datasets": (),
            "score": "rouge_2",
            "margin": 0.01,
        },
    ),
    (
        "evaluation commit spring --from-dataset mills --from-dataset weirs --share 0.2",
        "commit_evaluation",
        {
            **SEALED,
            "name": "spring",
            "file": None,
            "mapping": {},
            "datasets": ("mills", "weirs"),
            "share": 0.2,
        },
    ),
    ("evaluation list", "evaluation_sets", {}),
    ("model evaluate n", "evaluate_model", {"name": "n", "against": None, "evaluation": None, "also": ()}),
    (
        "model evaluate n --against m --evaluation spring --also n8 --also n9",
        "evaluate_model",
        {"name": "n", "against": "m", "evaluation": "spring", "also": ("n8", "n9")},
    ),
    (
        "model promote n",
        "promote_model",
        {"name": "n", "line": None, "evaluation": None, "parents": ()},
    ),
    (
        "model promote n --line estuary --evaluation spring --parent m",
        "promote_model",
        {"name": "n", "line": "estuary", "evaluation": "spring", "parents": ("m",)},
    ),
    ("model rollback estuary --why rude", "rollback_model", {"line": "estuary", "why": "rude"}),
    (
        "model export n --out taken --as nf4",
        "export_model",
        {"name": "n", "kinds": ("nf4",), "out": Path("taken"), "evaluation": None},
    ),
    (
        "model quantisation n --examples 8",
        "quantisation_of",
        {"name": "n", "evaluation": None, "examples": 8},
    ),
    ("model tier n", "model_tier", {"name": "n"}),
    ("model decisions", "model_decisions", {}),
    ("model list", "made_models", {}),
]


@pytest.mark.parametrize(("line", "method", "arguments"), CALLS)
def test_command_when_run_calls_one_method(line: str, method: str, arguments: dict[str, Any]) -> None:
    assert called(line) == (0, [(method, arguments)], True)


@pytest.mark.parametrize(
    "line",
    [
        "evaluation commit spring",
        "evaluation commit spring --file records.csv --from-dataset mills",
        "evaluation commit spring --file absent.csv",
        "evaluation commit spring --file records.csv --score bleu",
        "model export n",
        "model export n --out taken --as pickle",
    ],
)
def test_command_when_wrong_is_refused_before_the_application(line: str) -> None:
    code, calls, _ = called(line)

    assert (code, calls) == (2, [])


def test_choices_when_offered_are_those_of_the_application() -> None:
    assert (EXPORTS, OFFERED_SCORES) == (KINDS, SCORES)
