"""The whole error tree. Every message says what is wrong and what to do next.

NodeError
  InvalidInput         what was given is wrong; nothing was changed
    PromptTooLong      a conversation that the model cannot read whole
    AnswerCapped       an answer that may cost more than its model may settle
    IntegrityMismatch  content does not match its hash or CID
  NotFound             no such thing
  Conflict             it exists already, or another process holds it
  NotAuthorised        this key may not do that
    NotEligible        a data set that may not earn: it was public before, or is in probation
  InsufficientFunds    too little balance, allotment, bond or stake
  Unavailable          a service is down; trying again may help
    Overloaded         too many answers are under way; it says when to try again
    FeesSpent          a key may pay no more fees today
    DeadlinePassed     the time that the asker allowed is over
  Refused              another node refused what it was asked, in its own words
  Reverted             a contract refused a call, on an EVM in this process
  IntegrityViolation   our own books disagree: stop and look
"""

from collections.abc import Mapping
from typing import Any


class NodeError(Exception):
    """Base of all errors that a person is meant to read.

    Args:
        message: what is wrong.
        hint: what to do next.

    `param` names the field of a request that is wrong, `code` the fault for programs; both where one is known.
    """

    exit_code = 1
    http_status = 500
    param: str | None = None
    code: str | None = None

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(NodeError):
    exit_code, http_status = 2, 400


class PromptTooLong(InvalidInput):
    param, code = "messages", "context_length_exceeded"


class AnswerCapped(InvalidInput):
    param, code = "max_tokens", "settlement_cap"


class IntegrityMismatch(InvalidInput):
    exit_code, http_status = 3, 422


class NotFound(NodeError):
    exit_code, http_status = 4, 404


class Conflict(NodeError):
    exit_code, http_status = 5, 409


class NotAuthorised(NodeError):
    exit_code, http_status = 6, 403


class NotEligible(NotAuthorised):
    code = "dataset_not_eligible"


class InsufficientFunds(NodeError):
    exit_code, http_status = 7, 402


class Unavailable(NodeError):
    exit_code, http_status = 8, 503


class Overloaded(Unavailable):
    """`retry_after_s`: whole seconds after which trying again may help."""

    exit_code, http_status = 8, 429

    def __init__(self, message: str, hint: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class FeesSpent(Unavailable):
    code = "fees_spent"


class DeadlinePassed(Unavailable):
    exit_code, http_status = 8, 504


class CapReached(Unavailable):
    code = "settlement_cap"


class Refused(NodeError):
    """`status` is the other node's HTTP status, `body` its error object, `retry_after_s` when to come again."""

    def __init__(
        self, message: str, *, status: int, body: Mapping[str, Any], retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.http_status, self.body, self.retry_after_s = status, body, retry_after_s


class Reverted(NodeError):
    """A call that a contract did not let through, on an EVM in this process."""


class IntegrityViolation(NodeError):
    exit_code, http_status = 9, 500
