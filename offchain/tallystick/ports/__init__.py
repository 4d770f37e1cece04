"""Everything the node asks of the outside world, and the records that pass through. Knows no gateway."""

# fmt: off
from tallystick.ports.batches import (
    AttributionRegistry, FinalBatch, OnChainBatch, Parameters, ParameterSet, Referees, SubmittedBatch,
)
from tallystick.ports.chain import (
    Allotment, ChainEvent, Commission, CommittedReport, Delegation, OperatorStake, PaidToken, PaymentChain, PaymentWord,
    Report, Stake, Token, Transaction, UsageEscrow,
)
from tallystick.ports.challenges import DataChallenges, RewardChallenges
from tallystick.ports.content import ContentStore
from tallystick.ports.keys import Reader, Signer
from tallystick.ports.ledger import (
    AnswerKey, Answers, AuditedShareRecords, AuditedShares, Batches, Ledger, Opening, Periods,
    Payments, Receipts, ReceiptTally, StoredBatch, StoredPayment, StoredPeriod, StoredReceipt, Vouchers,
)
from tallystick.ports.monitoring import (
    Acknowledgement, Alarms, Feedback, Feedbacks, NewAlarm, NewEntry, Retrainings, RetrainingStep, StoredAlarm,
    StoredRetraining, StoredWatch, Traffic, TrafficEntry, WatchPoint,
)
from tallystick.ports.registries import (
    DatasetRegistry, Demand, Grant, ModelRegistry, PriorArt, RegisteredDataset, RegisteredModel, Revelation, ShownRecord,
)
from tallystick.ports.rewards import (
    ActivePeriod, ClaimProof, OnChainProposal, PaidClaim, Proposal, RewardDistributor, RewardReferee,
    SubmittedProposal,
)
from tallystick.ports.sending import Outbox, OutboxAttempt, OutboxCall, OutboxEntry
from tallystick.ports.system import Chain
