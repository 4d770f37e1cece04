"""Who stands in a prompt: places go to passages that have proven useful, and a bounded number of tries to others.

A passage has a credit, one whole number, BEGIN at first. An answer that it raised adds LIFT, up to MOST. An answer that
it did not raise takes one, unless it stood behind every passage that did. Above BEGIN it is proven; from 1 to BEGIN it is
on trial and has what places proven ones leave, or one beyond them if it is nearer than the last of them; below it is
spent and has but the one beyond, once in RETRY questions that it is nearest to. So what is found and gives nothing holds
a place for BEGIN answers, pushes out nobody who is proven, and has a way back. See docs/decisions/0057.
"""

from collections.abc import Sequence

PLACES = 4
BEGIN, LIFT, MOST, RETRY = 8, 8, 32, 4


def chosen(credits: Sequence[int]) -> list[int]:
    """Places in `credits`, which stand nearest to the question first: at most PLACES and one beyond, in that order."""
    taken = [False for _ in credits]
    proven = trials = 0
    last = len(taken)
    for place, credit in enumerate(credits):
        if credit > BEGIN and proven < PLACES:
            taken[place] = True
            proven += 1
            if proven == PLACES:
                last = place
    room = max(1, PLACES - proven)
    for place, credit in enumerate(credits):
        if 0 < credit <= BEGIN and trials < room and place < last:
            taken[place] = True
            trials += 1
    if trials < room and len(taken) > 0 and credits[0] <= -RETRY:
        taken[0] = True
    return [place for place in range(len(taken)) if taken[place]]


def passed_over(credit: int) -> int:
    """The credit of the passage nearest to a question that was left out of its prompt."""
    return max(credit - 1, -RETRY) if credit <= 0 else credit


def learnt(credits: Sequence[int], raised: Sequence[int], is_outdone: bool) -> list[int]:
    """Credits after an answer, of what stood in its prompt, nearest first; `raised` is 1 for whoever raised it.

    `is_outdone` says that a passage was paid which did not stand there: then all that raised nothing lose.
    """
    farthest = -1
    for place, one in enumerate(raised):
        if one == 1:
            farthest = place
    if farthest < 0 or is_outdone:
        farthest = len(raised)
    found = [after(credit, False) for credit in credits]
    for place, credit in enumerate(credits):
        if raised[place] == 1:
            found[place] = after(credit, True)
        elif raised[place] == 2:
            found[place] = min(found[place], BEGIN)
        elif place > farthest:
            found[place] = max(credit, 0)
    return found


def handed(credit: int, later: int) -> int:
    """The credit of an earlier passage that gave all of what a later one with that credit had raised an answer by."""
    return max(after(credit, True), later)


def after(credit: int, has_raised: bool) -> int:
    """The credit of one passage after an answer that it raised or that it should have."""
    return min(MOST, max(credit, 0) + LIFT) if has_raised else max(credit - 1, 0)
