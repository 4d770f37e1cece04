"""What the node's package holds is what the sources compile to."""

import pytest
from brownie import project
from scripts.export_interfaces import CONTRACTS, TARGET, as_text, exported

EIP_170 = 24_576


@pytest.mark.parametrize("name", CONTRACTS)
def test_export_when_compiled_now_is_equal(name):
    build = project.get_loaded_projects()[0]._build.get(name)

    assert (TARGET / f"{name}.json").read_text() == as_text(exported(build)), (
        "run scripts/export_interfaces.py"
    )


@pytest.mark.parametrize("name", CONTRACTS)
def test_runtime_when_compiled_fits_the_chain(name):
    build = project.get_loaded_projects()[0]._build.get(name)

    assert len(build["deployedBytecode"]) // 2 < EIP_170
