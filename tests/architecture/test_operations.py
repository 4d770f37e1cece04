"""What operators install tells the truth: alerts and dashboard name metrics that exist, alerts name runbooks that do."""

import json
import os
import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from architecture.repository import ROOT
from architecture.test_docs import anchors
from tallystick.gateways.keys.passwords import CREDENTIAL
from tallystick.ports.observing.instruments import INSTRUMENTS
from tallystick.settings import SETTINGS

OPS = ROOT / "scripts" / "ops"
LIBRARY = {
    "process_open_fds",
    "process_max_fds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
}
NAMED = re.compile(r"\b((?:tallystick|process)_[a-z_]+)\b")
SELECTED = re.compile(r"\btallystick_([a-z_]+)\{([^}]*)\}")


def exported() -> set[str]:
    names = set(LIBRARY)
    for each in INSTRUMENTS:
        histogram = (f"{each.exported}_bucket", f"{each.exported}_sum", f"{each.exported}_count")
        names.update(histogram if each.kind == "histogram" else (each.exported,))
    return names


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((OPS / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    board = json.loads((OPS / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    shown = [t["expr"] for panel in board["panels"] for t in panel.get("targets", ())]
    return shown + [rule["expr"] for rule in alerts()]


def test_metrics_when_named_by_dashboard_or_alerts_are_exported() -> None:
    named = {name for expression in expressions() for name in NAMED.findall(expression)}

    assert named - exported() == set()
    assert len(named) > 30


def test_metrics_when_exported_are_shown() -> None:
    shown = " ".join(expressions())

    assert [each.name for each in INSTRUMENTS if each.exported not in shown] == []


def test_labels_when_selected_are_those_of_the_metric() -> None:
    labels = {each.exported.removeprefix("tallystick_"): set(each.labels) for each in INSTRUMENTS}
    wrong = [
        f"{name} {matcher}"
        for expression in expressions()
        for name, matchers in SELECTED.findall(expression)
        for matcher in matchers.split(",")
        if re.split(r"[=!~]", matcher.strip())[0] not in labels[name]
    ]

    assert wrong == []


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alert_when_it_fires_leads_to_its_runbook(rule: dict[str, Any]) -> None:
    path, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"].endswith(".")
    assert not anchor or anchor in anchors(ROOT / path)
    assert f"`{rule['alert']}`" in (ROOT / path).read_text(encoding="utf-8")


def test_unit_when_read_hardens_and_gives_the_password_as_a_credential() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(OPS / "tallystick.service")
    service = unit["Service"]
    text = (OPS / "tallystick.service").read_text(encoding="utf-8")

    assert (service["Type"], service["Restart"], service["ProtectSystem"]) == (
        "notify",
        "on-failure",
        "strict",
    )
    assert service["NoNewPrivileges"] == "yes" and service["CapabilityBoundingSet"] == ""
    assert f"LoadCredential={CREDENTIAL}:/etc/tallystick/password" in text
    assert set(re.findall(r"Environment=(TALLYSTICK_[A-Z_]+)", text)) <= variables()


def test_command_by_hand_when_read_is_done_as_the_service_does_it() -> None:
    unit = (OPS / "tallystick.service").read_text(encoding="utf-8")
    by_hand = (OPS / "tallystick-node").read_text(encoding="utf-8")
    same = re.findall(r"^((?:LoadCredential|EnvironmentFile|UMask|LimitNOFILE|PrivateTmp)=.+)$", unit, re.M)

    assert len(same) == 5 and [line for line in same if f"--property={line}" not in by_hand] == []
    for variable in ("TALLYSTICK_HOME", "HOME"):
        (value,) = re.findall(rf"^Environment={variable}=(.+)$", unit, re.M)
        assert f"--setenv={variable}={value}" in by_hand
    assert "--uid=tallystick" in by_hand and "--property=JoinsNamespaceOf=tallystick.service" in by_hand
    assert os.access(OPS / "tallystick-node", os.X_OK)


def test_installation_when_followed_finds_every_file_that_it_installs() -> None:
    guide = (ROOT / "docs" / "node" / "install.md").read_text(encoding="utf-8")
    installed = re.findall(r"^install .*?(scripts/\S+)", guide, re.M)

    assert set(installed) == {"scripts/ops/tallystick-node", "scripts/ops/tallystick.service"}
    assert all((ROOT / path).is_file() for path in installed)


def test_compose_when_read_mounts_what_is_there_and_opens_loopback_only() -> None:
    compose = yaml.safe_load((OPS / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    mounts = [v for service in services.values() for v in service.get("volumes", ())]
    files = [mount.partition(":")[0] for mount in mounts if mount.startswith("./")]
    named = {mount.partition(":")[0] for mount in mounts if re.match(r"[a-z]+:", mount)}

    assert set(services) == {"node", "kubo", "anvil", "deploy", "prometheus", "grafana"}
    assert files and all((OPS / file).is_file() for file in files)
    assert named <= set(compose["volumes"])
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    assert all(
        ":" in service["image"].rpartition("/")[2] for service in services.values() if "image" in service
    )
    assert set(services["node"]["environment"]) <= variables()
    assert (OPS / services["node"]["build"]["context"] / services["node"]["build"]["dockerfile"]).is_file()


def test_profile_devchain_when_read_deploys_to_its_anvil_before_the_node_starts() -> None:
    services = yaml.safe_load((OPS / "compose.yaml").read_text(encoding="utf-8"))["services"]
    anvil, deploy, node = (services[name] for name in ("anvil", "deploy", "node"))
    stages = (OPS / "Containerfile").read_text(encoding="utf-8").split("\nFROM ")
    stage = next(s for s in stages if s.partition("\n")[0].endswith(f" AS {deploy['build']['target']}"))
    workdir = re.findall(r"^WORKDIR (.+)$", stage, re.M)[-1]

    assert anvil["profiles"] == deploy["profiles"] == ["devchain"] and "profiles" not in node
    assert deploy["depends_on"] == {"anvil": {"condition": "service_healthy"}} and "healthcheck" in anvil
    assert node["depends_on"]["deploy"] == {
        "condition": "service_completed_successfully",
        "required": False,
    }
    assert deploy["restart"] == "no" and deploy["environment"] == {"TALLYSTICK_RPC": "http://anvil:8545"}
    assert node["environment"]["TALLYSTICK_RPC_URL"].endswith(":-http://anvil:8545}")
    assert json.loads(re.findall(r"^ENTRYPOINT (.+)$", stage, re.M)[0]) == ["python", "scripts/deploy.py"]
    assert {"contracts", "scripts"} <= {line.split()[0] for line in re.findall(r"^COPY (.+)$", stage, re.M)}
    assert (
        f"deployments:{workdir}/build/deployments" in deploy["volumes"]
    )  # where it writes, by the chain's id
    assert "deployments:/build/deployments:ro" in node["volumes"]  # where the node looks without a setting


def test_containerfile_when_read_copies_what_is_there_and_runs_without_root() -> None:
    text = (OPS / "Containerfile").read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M) for word in line.split()[:-1]]

    assert copied and all((ROOT / word).exists() for word in copied)
    assert "USER tallystick" in text and "tallystick" in text.rpartition("ENTRYPOINT")[2]


def variables() -> set[str]:
    return {"TALLYSTICK_" + setting.key.replace(".", "_").upper() for setting in SETTINGS}


def test_prometheus_when_configured_scrapes_the_nodes_port() -> None:
    told = yaml.safe_load((OPS / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = told["scrape_configs"]
    port = next(setting.default for setting in SETTINGS if setting.key == "metrics.port")

    assert job["job_name"] == "tallystick" and job["static_configs"][0]["targets"] == [f"node:{port}"]
    assert Path(told["rule_files"][0]).name == "alerts.yml"
