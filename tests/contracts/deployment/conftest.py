"""A deployer of its own, and deployments that can be cut off."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from brownie import accounts, project, web3

from deployment.journal import Journal
from deployment.plan import hand_over_steps, steps_of
from deployment.runner import Runner


@pytest.fixture(scope="session")
def owner(people: Any) -> Any:
    return accounts[3]


@pytest.fixture(scope="session")
def steps(owner: Any, parameters: Any) -> tuple[Any, ...]:
    return (*steps_of(parameters, str(owner)), *hand_over_steps(str(owner)))


@pytest.fixture(scope="session")
def about(owner: Any) -> dict[str, Any]:
    return {"genesis": web3.to_hex(web3.eth.get_block(0)["hash"]), "deployer": str(owner)}


@pytest.fixture(scope="session")
def finished(owner: Any, steps: Any, about: Any, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A run that came to its end, and its journal; every test starts after it."""
    path = tmp_path_factory.mktemp("finished") / "31337.journal.json"
    runner = Runner(project.get_loaded_projects()[0], owner, Journal.open(about, path))
    runner.run(steps)
    return runner


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    return tmp_path / "31337.journal.json"


@pytest.fixture
def runner(owner: Any, about: Any, journal_path: Path) -> Callable[..., Runner]:
    """`runner()`: one run of the script, its journal read from the file again."""

    def make(kind: type[Journal] = Journal, told: Any = lambda name, gas: None) -> Runner:
        return Runner(project.get_loaded_projects()[0], owner, kind.open(about, journal_path), told)

    return make


@pytest.fixture
def deployed(finished: Runner, journal_path: Path) -> dict[str, Any]:
    """All contracts by name; the journal that `runner` reads is that run's."""
    assert finished.journal.path
    journal_path.write_text(finished.journal.path.read_text())
    entries = finished.journal.entries.items()
    return {name: getattr(finished.contracts, name).at(entry.address) for name, entry in entries}
