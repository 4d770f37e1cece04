"""What is counted shows in the exposition; what is not in the table is refused; series stay few."""

import pytest

from tallystick.gateways.metrics.registry import MOST_SERIES, Registry
from tallystick.ports.observing.instruments import INSTRUMENTS


def test_registry_when_counted_shows_the_numbers() -> None:
    registry = Registry()

    registry.count("vouchers", 3, outcome="kept")
    registry.set("outbox_open", 2)
    registry.observe("first_token_seconds", 0.3)

    shown = registry.text().decode().splitlines()
    assert 'tallystick_vouchers_total{outcome="kept"} 3.0' in shown
    assert "tallystick_outbox_open 2.0" in shown
    assert 'tallystick_first_token_seconds_bucket{le="0.5"} 1.0' in shown
    assert 'tallystick_first_token_seconds_bucket{le="0.25"} 0.0' in shown
    assert any(line.startswith("process_resident_memory_bytes ") for line in shown)


def test_registry_when_two_are_made_shares_nothing() -> None:
    one, other = Registry(), Registry()

    one.count("rpc_failovers")

    assert b"tallystick_rpc_failovers_total 1.0" in one.text()
    assert b"tallystick_rpc_failovers_total 0.0" in other.text()


@pytest.mark.parametrize("labels", [{}, {"endpoint": "a"}, {"endpoint": "a", "outcome": "ok", "to": "b"}])
def test_registry_when_labels_are_others_refuses(labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="rpc_calls is a counter"):
        Registry().count("rpc_calls", **labels)


def test_registry_when_the_name_is_unknown_or_of_another_kind_refuses() -> None:
    with pytest.raises(KeyError):
        Registry().count("never_heard")
    with pytest.raises(ValueError, match="outbox_open is a gauge"):
        Registry().count("outbox_open")


def test_registry_when_a_label_has_too_many_values_names_the_rest_other() -> None:
    registry = Registry()

    for n in range(MOST_SERIES + 50):
        registry.count("gas_used", 1, kind=f"contract.function{n}")

    shown = registry.text().decode().splitlines()
    series = [line for line in shown if line.startswith("tallystick_gas_used_total{")]
    assert len(series) == MOST_SERIES + 1
    assert 'tallystick_gas_used_total{kind="other"} 50.0' in series


def test_registry_when_shown_twice_at_once_asks_for_gauges_once() -> None:
    asked: list[int] = []
    registry = Registry(refresh_every_s=3600)
    registry.refresh_by(lambda: asked.append(1))

    registry.text()
    registry.text()

    assert asked == [1]


def test_instruments_when_listed_have_one_name_each_and_say_what_they_are() -> None:
    names = [each.name for each in INSTRUMENTS]

    assert len(names) == len(set(names))
    assert all(each.about.endswith(".") for each in INSTRUMENTS)
    assert all(bool(each.buckets) == (each.kind == "histogram") for each in INSTRUMENTS)
