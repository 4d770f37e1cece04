"""The report: canonical bytes, a digest that binds every field, and a reader that refuses all else."""

import json
from dataclasses import replace
from typing import Any

import pytest
import sha3

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.evaluation.intervals import Interval
from tallystick.pipeline.evaluation.report import EvaluationReport, read_report

REPORT = EvaluationReport(
    set_digest=Hash(b"\x01" * 32),
    model_digest=Hash(b"\x02" * 32),
    recipe_digest=Hash(b"\x03" * 32),
    examples=120,
    seeds=(7, 8, 9),
    bootstrap=(11, 5000),
    metrics={"rouge_2": Interval(0.1234567, 0.1, 0.15), "exact_facts": Interval(0.5, 0.4, 0.6, 0.9)},
)
EXPECTED = (
    '{"bootstrap":[11,5000],"examples":120,"format":"tallystick-evaluation-1","metrics":{'
    '"exact_facts":{"confidence":"0.900000","high":"0.600000","low":"0.400000","mean":"0.500000"},'
    '"rouge_2":{"confidence":"0.950000","high":"0.150000","low":"0.100000","mean":"0.123457"}},'
    f'"model":"0x{"02" * 32}","recipe":"0x{"03" * 32}","seeds":[7,8,9],"set":"0x{"01" * 32}"}}'
).encode()


def test_canonical_when_written_is_the_bytes_written_out_here() -> None:
    assert REPORT.canonical == EXPECTED
    assert REPORT.digest == sha3.keccak_256(EXPECTED).digest()


def test_read_report_when_canonical_gives_the_same_report() -> None:
    again = read_report(EXPECTED)

    assert again == REPORT
    assert again.digest == REPORT.digest


@pytest.mark.parametrize(
    "change",
    [
        {"set_digest": Hash(bytes(32))},
        {"model_digest": Hash(bytes(32))},
        {"recipe_digest": Hash(bytes(32))},
        {"examples": 121},
        {"seeds": (7, 8)},
        {"bootstrap": (11, 4000)},
        {"metrics": {**REPORT.metrics, "rouge_2": Interval(0.1234567, 0.1, 0.151)}},
    ],
)
def test_digest_when_one_field_differs_is_another(change: dict[str, Any]) -> None:
    assert replace(REPORT, **change).digest != REPORT.digest


def test_digest_when_only_the_last_bits_or_the_order_differ_is_the_same() -> None:
    metrics = {"exact_facts": Interval(0.5, 0.4, 0.6, 0.9), "rouge_2": Interval(0.12345671, 0.1, 0.15)}

    assert replace(REPORT, metrics=metrics).digest == REPORT.digest


def test_canonical_when_a_figure_is_negative_zero_writes_zero() -> None:
    written = replace(REPORT, metrics={"gain": Interval(-0.0, -1e-9, 0.0)}).canonical

    assert b"-0.000000" not in written
    assert read_report(written).canonical == written


@pytest.mark.parametrize(
    "change",
    [
        {"set_digest": Hash(b"short")},
        {"examples": 0},
        {"seeds": ()},
        {"seeds": (8, 7)},
        {"seeds": (7, 7)},
        {"metrics": {}},
        {"metrics": {"ROUGE 2": Interval(0.1, 0.1, 0.1)}},
        {"metrics": {"rouge_2": Interval(0.1, 0.2, 0.1)}},
        {"metrics": {"perplexity": Interval(float("inf"), 1.0, 2.0)}},
        {"metrics": {"rouge_2": Interval(0.1, 0.1, 0.1, 95.0)}},
    ],
)
def test_report_when_a_field_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(REPORT, **change)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        EXPECTED + b"\n",
        EXPECTED.replace(b"-1", b"-2"),
        EXPECTED.replace(b'"0.123457"', b"0.123457"),
        EXPECTED.replace(b"0.123457", b"0.12345"),
        EXPECTED.replace(b"0.123457", b"nan"),
        EXPECTED.replace(b"[7,8,9]", b"[9,8,7]"),
        EXPECTED.replace(b'"examples":120', b'"examples":"120"'),
        EXPECTED.replace(b'"examples"', b'"extra":1,"examples"'),
        json.dumps(json.loads(EXPECTED)).encode(),
    ],
)
def test_read_report_when_bytes_are_no_canonical_report_refuses(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        read_report(data)
