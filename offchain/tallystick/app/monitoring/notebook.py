"""Notes served answers beside the answering: what does not fit or fails is counted and given up, never waited for."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType

from tallystick.app.monitoring.encoding import payload_of
from tallystick.app.monitoring.features import Extractor, Served
from tallystick.app.monitoring.run import REFERENCE, run_monitors
from tallystick.domain.traffic import PPM
from tallystick.errors import NodeError
from tallystick.ports import Ledger, NewEntry

_LOG = logging.getLogger(__name__)
_WAITING = 256


class Notebook:
    """One thread that turns answers into samples and moves the monitors; closes with what waits still noted.

    An answer that waits when the process is killed is not noted; its receipt is stored already.
    """

    def __init__(
        self,
        ledger: Ledger,
        release: str,
        extractor: Callable[[], Extractor],
        *,
        sample_ppm: int = PPM,
        reference: int = REFERENCE,
    ) -> None:
        self._ledger, self._release, self._make, self._sample = ledger, release, extractor, sample_ppm
        self._reference = reference
        self._waiting: queue.Queue[Served | None] = queue.Queue(_WAITING)
        self.given_up = 0
        self._thread = threading.Thread(target=self._work, name="notebook", daemon=True)
        self._thread.start()

    def note(self, served: Served) -> None:
        """Returns at once. The receipt's hash decides whether the answer is in the sample."""
        if int.from_bytes(served.receipt[:8], "big") * PPM >> 64 >= self._sample:
            return
        try:
            self._waiting.put_nowait(served)
        except queue.Full:
            self.given_up += 1

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def __enter__(self) -> "Notebook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        extractor: Extractor | None = None
        while (served := self._waiting.get()) is not None:
            try:
                extractor = extractor or self._make()
                self._keep(extractor, served)
                if self._waiting.empty():
                    run_monitors(self._ledger, self._release, int(time.time()), reference=self._reference)
            except Exception as error:  # this thread's runner: an answer that cannot be noted is given up
                self.given_up += 1
                level = logging.WARNING if isinstance(error, NodeError) else logging.ERROR
                _LOG.log(level, "answer_not_noted receipt=%s error=%s", served.receipt.hex(), error)

    def _keep(self, extractor: Extractor, served: Served) -> None:
        sample = extractor.sample(served)
        entry = NewEntry("answer", served.receipt, served.served_at, payload_of(sample))
        self._ledger.traffic.note(self._release, [entry])
