"""What a signer signs, what it refuses, and what it still knows after it was killed."""

from pathlib import Path

import pytest

from support.keys.signing import AT, CHAIN, NORA, POLICY, batch, desk_in, proposal, sent
from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement
from tallystick.domain.digests import Domain, receipt_statement
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Receipt
from tallystick.errors import NotFound
from tallystick.gateways.ledger.signing_record.store import SqliteSigningRecord
from tallystick.ports.keys import SigningRefused

DOMAIN = Domain(CHAIN, AT["UsageEscrow"])
H = Hash(b"h" * 32)


def receipt(fee: int, lane: int = 0, domain: Domain = DOMAIN) -> Statement:
    made = Receipt(H, "0x" + "22" * 20, NORA.address, lane, 7, 7 + fee, 1, 1, H, H, H, AssetId(H), 9, H)  # type: ignore[arg-type]
    return receipt_statement(domain, made)


def test_statement_when_the_policy_names_it_is_signed(tmp_path: Path) -> None:
    desk, _ = desk_in(tmp_path)

    for said in (receipt(1000), batch(), proposal(nonce=1)):
        assert recover(said.digest, desk.sign(NORA.address, said)) == NORA.address
    assert recover(batch().digest, desk.sign(desk.public_keys()[0], batch())) == NORA.address


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (receipt(1001), "fee is 1001, more than 1000"),
        (receipt(-1), "more than"),
        (receipt(1, domain=Domain(CHAIN, AT["OpenToken"])), "another domain"),
        (receipt(1, domain=Domain(1, AT["UsageEscrow"])), "another domain"),
        (Statement(receipt(1).said), "struct"),
        (Statement(receipt(1).said, receipt(2).struct), "struct"),
        (Statement(b"hello"), "cannot be read"),
        (Statement(b"\x19Ethereum Signed Message:\n5hello"), "cannot be read"),
        (batch(total=50_000_001), "total is 50000001"),
        (batch(gas=3_000_001), "gas is 3000001"),
        (batch(value=1), "a value of 1 wei"),
        (batch(chain_id=1), "chain 1"),
        (sent("OpenToken", "transfer", ["0x" + "99" * 20, 5]), r"does not let .* OpenToken.transfer"),
        (sent("UsageEscrow", "allot", ["0x" + "bb" * 20, 5]), "is not allowed"),
        (sent("UsageEscrow", "allot", ["0x" + "aa" * 19]), "allot cannot be read"),
    ],
)
def test_statement_when_a_bound_forbids_it_is_refused_with_the_reason(
    tmp_path: Path, said: Statement, why: str
) -> None:
    desk, record = desk_in(tmp_path)

    with pytest.raises(SigningRefused, match=why):
        desk.sign(NORA.address, said)

    assert record.signed_once() == ()


@pytest.mark.parametrize(
    "said", [Statement(b"\x02"), Statement(b"\x02\xc0"), Statement(batch().said + b"\0")]
)
def test_transaction_when_its_bytes_are_odd_is_refused(tmp_path: Path, said: Statement) -> None:
    desk, _ = desk_in(tmp_path)

    with pytest.raises(Exception, match="no transaction"):
        desk.sign(NORA.address, said)


@pytest.mark.slow
@pytest.mark.parametrize("make", [batch, proposal])
def test_second_root_when_the_period_has_one_is_refused_whatever_was_restored(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    desk, record = desk_in(tmp_path)
    desk.sign(NORA.address, make())
    record.close()

    desk, record = desk_in(tmp_path)
    desk.sign(NORA.address, make(max_fee=2 * 10**10))  # the same root at a higher fee
    with pytest.raises(SigningRefused, match="was signed before"):
        desk.sign(NORA.address, make(root=b"other", nonce=5))

    (scope,) = record.signed_once()
    record.release(scope.scope)
    assert desk.sign(NORA.address, make(root=b"other", nonce=5))


def test_next_period_when_it_follows_is_signed(tmp_path: Path) -> None:
    desk, record = desk_in(tmp_path)

    desk.sign(NORA.address, batch())
    desk.sign(NORA.address, batch(root=b"next", previous=b"q", nonce=1))
    desk.sign(NORA.address, proposal(nonce=2))
    desk.sign(NORA.address, proposal(root=b"next", base=5, nonce=3))

    assert len(record.signed_once()) == 4


def test_day_when_its_sum_is_spent_allows_no_more_and_counts_what_is_the_same_once(tmp_path: Path) -> None:
    desk, record = desk_in(tmp_path)
    for _ in range(5):
        desk.sign(NORA.address, receipt(1000))
    desk.sign(NORA.address, receipt(1000, lane=1))
    record.close()

    desk, _ = desk_in(tmp_path)
    with pytest.raises(SigningRefused, match="would come to 3000 today, more than 2500"):
        desk.sign(NORA.address, receipt(1000, lane=2))
    assert desk.sign(NORA.address, receipt(500, lane=3))


def test_record_when_it_is_lost_is_not_begun_anew_by_itself(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="what was signed before is not known"):
        SqliteSigningRecord(tmp_path / "signer.sqlite3")


def test_key_when_the_policy_does_not_name_it_signs_nothing(tmp_path: Path) -> None:
    desk, _ = desk_in(tmp_path, POLICY.replace("keys.node", "keys.other"))

    with pytest.raises(SigningRefused, match="does not let the key 'node'"):
        desk.sign(NORA.address, batch())
    with pytest.raises(NotFound):
        desk.sign("0x" + "12" * 20, batch())
