"""Whom a paid passage is compared with beyond those like it: earlier passages near the same question, whatever they say.

A copy that no embedding sees beside its original still gives what the original gives. So in drawn answers earlier
candidates of the question that had no place are asked too: the first ones, which no later copy can crowd out, and those
that have raised most answers so far, which no questions can drain. Whoever then gave a later one's rise is remembered,
and asked whenever the later one is about to be paid for a question that both are near. See docs/decisions/0069.
"""

import hashlib
from collections.abc import Sequence

# One answer in DRAWN asks the FIRST candidates in commit order and the PROVEN that raised most answers; of a later one
# KNOWN earlier ones are remembered.
DRAWN, FIRST, PROVEN, KNOWN = 16, 2, 4, 2
# Whatever is drawn, the proven ones are asked so often about a passage that is new to the node.
TRIES = 2
# And in so many answers about all passages of a data set of which one gave only what an earlier one gives.
DOUBT = 16


def is_drawn(texts: Sequence[str], token_ids: Sequence[int]) -> bool:
    """By the question and the answer themselves, which are sold: nobody can change the draw and leave them."""
    told = repr((list(texts), [int(i) for i in token_ids])).encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "big") % DRAWN == 0


def is_asked_about(drawn: int, tried: int, doubt: int) -> bool:
    """Whether proven candidates are asked about a paid passage: `drawn` is 1 where the answer is."""
    return drawn == 1 or tried < TRIES or doubt > 0


def doubt_after(doubt: int, is_outdone: bool) -> int:
    """In how many answers more a data set is doubted, after others were asked about a passage of it."""
    return DOUBT if is_outdone else max(0, doubt - 1)


def entry_for(gave: Sequence[int], gives: int) -> int:
    """Where an earlier one that gives so much is remembered: in place of who gave least, -1 if nobody gave less."""
    least = 0
    for place, one in enumerate(gave):
        if one < gave[least]:
            least = place
    return least if gave[least] < gives else -1
