"""All contracts of one deployment, as the application sees them with one key."""

from typing import Protocol

from tallystick.domain.ids import Address
from tallystick.ports.chain import (
    AttributionRegistry,
    DatasetRegistry,
    ModelRegistry,
    OperatorStake,
    Referees,
    Token,
    UsageEscrow,
)
from tallystick.ports.rewards import RewardDistributor


class Account(Protocol):
    """Whose key signs."""

    @property
    def address(self) -> Address: ...


class Chain(Protocol):
    """Reads for anyone; writes with the key it acts as."""

    @property
    def token(self) -> Token: ...
    @property
    def datasets(self) -> DatasetRegistry: ...
    @property
    def models(self) -> ModelRegistry: ...
    @property
    def escrow(self) -> UsageEscrow: ...
    @property
    def stake(self) -> OperatorStake: ...
    @property
    def batches(self) -> AttributionRegistry: ...
    @property
    def referees(self) -> Referees: ...
    @property
    def rewards(self) -> RewardDistributor: ...
    @property
    def sender(self) -> Account | None: ...
    @property
    def chain_id(self) -> int: ...
    def has_signed(self, intent: str) -> bool: ...
    def head(self) -> int: ...
    def now(self) -> int: ...
