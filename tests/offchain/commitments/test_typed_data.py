import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commitments import typed_data
from tallystick.commitments.keccak import keccak256

WORDS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex())


def u(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


def oracle(kind: bytes, chain_id: int, contract: str, values: list[object]) -> bytes:
    """The digest as eth_account computes it from the type string."""
    name, _, inside = kind.decode().rstrip(")").partition("(")
    members = [part.split(" ") for part in inside.split(",")]
    fields = {"name": "Tallystick", "version": "1", "chainId": chain_id, "verifyingContract": contract}
    types = {name: [{"type": t, "name": n} for t, n in members]}
    message = {n: v for (_, n), v in zip(members, values, strict=True)}
    return bytes(_hash_eip191_message(encode_typed_data(fields, types, message)))


@given(u(64), ADDRESSES, st.data())
@settings(deadline=None, max_examples=40)
def test_receipt_digest_when_compared_equals_eth_account(
    chain_id: int, contract: str, data: st.DataObject
) -> None:
    def draw(strategy: st.SearchStrategy[object], count: int) -> list[object]:
        return [data.draw(strategy) for _ in range(count)]

    terms, parties, lane, interval = draw(WORDS, 1), draw(ADDRESSES, 2), draw(u(64), 1), draw(u(128), 2)
    tokens, commits, agent, served = draw(u(32), 2), draw(WORDS, 3), draw(WORDS, 1), draw(u(64), 1)
    head = draw(WORDS, 1)
    values = [*terms, *parties, *lane, *interval, *tokens, *commits, *agent, *served, *head]

    domain = typed_data.domain_separator(chain_id, contract)
    digest = typed_data.receipt_statement(
        domain,
        *terms,
        tuple(parties),
        *lane,
        tuple(interval),
        tuple(tokens),
        tuple(commits),
        *agent,
        *served,
        *head,
    ).digest

    assert digest == oracle(typed_data.RECEIPT_TYPE, chain_id, contract, values)


@given(ADDRESSES, ADDRESSES, u(64), u(128), u(128), WORDS)
@settings(deadline=None, max_examples=40)
def test_voucher_digest_when_compared_equals_eth_account(
    consumer: str, operator: str, lane: int, limit: int, acknowledged: int, head: bytes
) -> None:
    contract = "0x" + "ab" * 20
    domain = typed_data.domain_separator(31337, contract)

    digest = typed_data.voucher_statement(
        domain, (consumer, operator), lane, limit, acknowledged, head
    ).digest

    values = [consumer, operator, lane, limit, acknowledged, head]
    assert digest == oracle(typed_data.VOUCHER_TYPE, 31337, contract, values)


@given(WORDS, u(32), WORDS, u(16), ADDRESSES)
@settings(deadline=None, max_examples=40)
def test_dataset_digest_when_compared_equals_eth_account(
    root: bytes, count: int, manifest: bytes, licence: int, owner: str
) -> None:
    contract = "0x" + "cd" * 20
    domain = typed_data.domain_separator(1, contract)

    digest = typed_data.dataset_statement(domain, root, count, manifest, licence, owner).digest

    values = [root, count, manifest, licence, owner]
    assert digest == oracle(typed_data.DATASET_TYPE, 1, contract, values)


@pytest.mark.parametrize(("chain_id", "contract"), [(1, "0x" + "01" * 20), (2, "0x" + "02" * 20)])
def test_domain_when_chain_or_contract_differs_is_another(chain_id: int, contract: str) -> None:
    separator = typed_data.domain_separator(1, "0x" + "02" * 20)

    assert typed_data.domain_separator(chain_id, contract) != separator


@given(WORDS, ADDRESSES, ADDRESSES, u(8), u(48), WORDS, st.binary(max_size=100))
@settings(deadline=None, max_examples=40)
def test_key_grant_and_reader_digests_when_compared_equal_eth_account(
    dataset: bytes, owner: str, operator: str, purposes: int, since: int, key: bytes, wrapped: bytes
) -> None:
    contract = "0x" + "12" * 20
    domain = typed_data.domain_separator(31337, contract)
    values: list[object] = [dataset, owner, operator, purposes, since, key, keccak256(wrapped)]

    granted = typed_data.key_grant_statement(
        domain, dataset, (owner, operator), purposes, since, key, wrapped
    ).digest

    assert granted == oracle(typed_data.KEY_GRANT_TYPE, 31337, contract, values)
    read = typed_data.reader_statement(domain, operator, key).digest
    assert read == oracle(typed_data.READER_TYPE, 31337, contract, [operator, key])


@given(WORDS, WORDS, u(8), WORDS, WORDS)
@settings(deadline=None, max_examples=20)
def test_feedback_digest_when_compared_equals_eth_account(
    agent: bytes, receipt: bytes, score: int, tag: bytes, evidence: bytes
) -> None:
    said, contract = (agent, receipt, score, tag, evidence), "0x" + "22" * 20

    digest = typed_data.agent_feedback_statement(typed_data.domain_separator(31337, contract), *said).digest

    assert digest == oracle(typed_data.AGENT_FEEDBACK_TYPE, 31337, contract, list(said))


@given(WORDS, ADDRESSES, ADDRESSES, u(64))
@settings(deadline=None, max_examples=20)
def test_wallet_digest_when_compared_equals_eth_account(
    agent: bytes, owner: str, wallet: str, deadline: int
) -> None:
    said, contract = (agent, owner, wallet, deadline), "0x" + "22" * 20

    digest = typed_data.agent_wallet_statement(typed_data.domain_separator(31337, contract), *said).digest

    assert digest == oracle(typed_data.AGENT_WALLET_TYPE, 31337, contract, list(said))


@given(WORDS, u(64))
@settings(deadline=None, max_examples=20)
def test_canary_consent_digest_when_compared_equals_eth_account(receipt: bytes, expires_at: int) -> None:
    contract = "0x" + "22" * 20
    domain = typed_data.domain_separator(31337, contract)

    digest = typed_data.canary_consent_statement(domain, receipt, expires_at).digest

    assert digest == oracle(typed_data.CANARY_CONSENT_TYPE, 31337, contract, [receipt, expires_at])
