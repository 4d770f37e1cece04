"""How patient, how dear and how sure sending is."""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tallystick.sections import Sending


def _lock_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"tallystick-keys-{os.getuid()}"


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """Depths in blocks: `send` returns at `confirmations`, and the outbox lets go of an entry at `finality`.

    `day_cap_wei` bounds the fees of a key's new transactions in a day, 0 for no bound; `day_cap_spares` says which go on.
    The lock folder is one for the machine, so that two programs never sign with one key at the same moment.
    """

    confirmations: int = 0
    finality: int = 0
    timeout_s: float = 120.0
    replace_after_s: int = 60
    gas_margin_percent: int = 25
    fee_cap_wei: int = 500 * 10**9
    day_cap_wei: int = 0
    day_cap_spares: str = "nothing"
    lock_folder: Path = field(default_factory=_lock_folder)

    @classmethod
    def of(cls, told: Sending, *, is_development: bool) -> "SendPolicy":
        """As configured; on a development chain blocks come only with transactions, and nothing waits for more."""
        return cls(
            confirmations=0 if is_development else told.confirmations,
            finality=0 if is_development else told.finality,
            timeout_s=told.timeout,
            replace_after_s=told.replace_after,
            fee_cap_wei=told.fee_cap * 10**9,
            day_cap_wei=told.day_cap,
            day_cap_spares=told.day_cap_spares,
        )


DEFAULT: Final = SendPolicy()
