"""One commitment for a poster and a root; and what is committed to is what Python says."""

import brownie
import pytest

from contracts.canaries import LASTING
from tallystick.commitments.typed_data import canary_consent_statement, domain_separator

ROOT, HASH = b"\x01" * 32, b"\x02" * 32


def test_commit_when_first_is_kept_with_its_time(system, nora):
    done = system.canaries.commit(ROOT, HASH, nora.tx)

    kept = system.canaries.commitmentOf(nora.address, ROOT)
    assert (bytes(kept[0]), kept[1]) == (HASH, done.timestamp)
    assert done.events["CanaryCommitted"]["poster"] == nora.address
    assert system.canaries.isPending(7, nora.address, ROOT)
    assert not system.canaries.isPending(7, nora.address, HASH)


def test_commit_when_made_before_or_nothing_reverts(system, nora, bob, reverts):
    with reverts("CanariesCommitted"):
        system.canaries.commit(ROOT, bytes(32), nora.tx)
    system.canaries.commit(ROOT, HASH, nora.tx)

    with reverts("CanariesCommitted"):
        system.canaries.commit(ROOT, HASH, nora.tx)
    system.canaries.commit(ROOT, HASH, bob.tx)


@pytest.mark.parametrize("receipt, expires_at", [(HASH, 1), (ROOT, LASTING), (bytes(32), 2**64 - 1)])
def test_consent_digest_when_compared_is_pythons(system, receipt, expires_at):
    domain = domain_separator(brownie.chain.id, system.canaries.address)

    digest = system.canaries.consentDigest(receipt, expires_at)

    assert bytes(digest) == canary_consent_statement(domain, receipt, expires_at).digest


def test_wire_when_again_or_by_another_reverts(system, deployer, mallory, reverts):
    assert system.canaries.court() == system.court.address
    with reverts("CanariesNotDeployer"):
        system.canaries.wire(mallory.address, mallory.tx)
    with reverts("CanariesAlreadyWired"):
        system.canaries.wire(mallory.address, {"from": deployer})
