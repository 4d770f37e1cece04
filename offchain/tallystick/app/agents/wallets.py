"""Who acts for an agent besides its owner: the wallet consents with its key, the owner names it or takes it away."""

from dataclasses import dataclass

from tallystick.domain.ids import NOBODY, Address, AssetId, Hash
from tallystick.errors import Conflict, InvalidInput
from tallystick.ports import Chain, Signer

LONGEST_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class WalletConsent:
    """What an owner needs of a wallet. It is for this owner alone, and to be used until `ends_at`."""

    agent_id: AssetId
    owner: Address
    wallet: Address
    ends_at: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class WalletOf:
    """`wallet` is the null address where nobody acts besides the owner."""

    agent_id: AssetId
    wallet: Address
    tx_hash: Hash


def consent(chain: Chain, signer: Signer, agent_id: AssetId, *, seconds: int) -> WalletConsent:
    """Sign with the acting key that it will act for an agent of its present owner."""
    if not 0 < seconds <= LONGEST_S:
        raise InvalidInput("A consent is to be used within 30 days.", "Name a shorter time.")
    owner, ends_at = chain.agents.agent(agent_id).owner, chain.now() + seconds
    statement = chain.agents.wallet_statement(agent_id, owner, signer.address, ends_at)
    return WalletConsent(agent_id, owner, signer.address, ends_at, signer.sign(statement))


def appoint(chain: Chain, agent_id: AssetId, wallet: Address, ends_at: int, signature: bytes) -> WalletOf:
    """Let a wallet that consented act for an agent of ours."""
    return WalletOf(agent_id, wallet, chain.agents.set_wallet(agent_id, wallet, ends_at, signature).tx_hash)


def dismiss(chain: Chain, agent_id: AssetId) -> WalletOf:
    """Let nobody act for an agent of ours but its owner; `Conflict` where nobody does."""
    if chain.agents.agent(agent_id).wallet == NOBODY:
        raise Conflict("No wallet acts for this agent.", "There is nothing to remove.")
    return WalletOf(agent_id, NOBODY, chain.agents.remove_wallet(agent_id).tx_hash)
