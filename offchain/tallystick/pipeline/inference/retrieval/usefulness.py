"""What each passage of an index has been good for lately, and whom that lets into the next prompt."""

import threading
from collections.abc import Collection, Sequence

from tallystick.domain.ids import AssetId
from tallystick.pipeline.inference.retrieval.places import BEGIN, after, chosen, learnt, passed_over

# A data set and its record.
Place = tuple[AssetId, int]


class Usefulness:
    """Credits, by `places`; one number for each passage that was ever looked at. Safe to use from several threads."""

    def __init__(self) -> None:
        self._credits: dict[Place, int] = {}
        self._lock = threading.Lock()

    def credit(self, place: Place) -> int:
        return self._credits.get(place, BEGIN)

    def let_in(self, nearest: Sequence[Place]) -> list[int]:
        """Which of these stand in the prompt, as indexes; `nearest` to the question comes first."""
        if not nearest:
            return []
        with self._lock:
            credits = [self.credit(place) for place in nearest]
            found = chosen(credits)
            if 0 not in found:
                self._credits[nearest[0]] = passed_over(credits[0])
            return found

    def learn(self, shown: Sequence[Place], raised: Collection[Place]) -> None:
        """From an answer: what stood in its prompt, the nearest first, and whatever raised it, there or not."""
        outside = sorted(set(raised) - set(shown))
        with self._lock:
            credits = [self.credit(place) for place in shown]
            told = learnt(credits, [int(place in raised) for place in shown], bool(outside))
            self._credits.update(zip(shown, told, strict=True))
            for place in outside:
                self._credits[place] = after(self.credit(place), True)
