"""A finding of Slither is explained or counts, and so does an explanation of nothing."""

import pytest

from prove.findings import EXPLAINED, explained, found_in, judge

FUNCTION = {
    "type": "function",
    "name": "pay",
    "type_specific_fields": {"parent": {"type": "contract", "name": "Till", "type_specific_fields": {}}},
}
VARIABLE = {"type": "variable", "name": "sum", "type_specific_fields": {"parent": FUNCTION}}


def report(impact: str, element: object) -> dict[str, object]:
    found = {"check": "unused-return", "impact": impact, "elements": [element]}
    return {"success": True, "results": {"detectors": [found]}}


@pytest.mark.parametrize("element", [FUNCTION, VARIABLE])
def test_findings_when_read_are_named_by_contract_and_function(element: object) -> None:
    assert found_in(report("Medium", element)) == {("unused-return", "Till.pay")}
    assert found_in(report("High", element)) == {("unused-return", "Till.pay")}
    assert found_in(report("Low", element)) == set()


def test_findings_when_slither_failed_are_refused() -> None:
    with pytest.raises(ValueError, match="did not compile"):
        found_in({"success": False, "error": "did not compile"})


def test_judgement_when_one_is_new_or_gone_counts_it() -> None:
    known = {("unused-return", "Till.pay")}

    assert judge(known, known, 0).counts == {"unexplained": 0, "stale": 0}
    assert judge({*known, ("tx-origin", "Till")}, known, 0).counts == {"unexplained": 1, "stale": 0}
    assert judge(set(), known, 0).counts == {"unexplained": 0, "stale": 1}


def test_table_when_read_explains_every_line() -> None:
    text = EXPLAINED.read_text(encoding="utf-8")

    assert len(explained(text)) == text.count("\n| `") > 10
