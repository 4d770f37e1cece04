"""Rewords questions by dropping ordinary words and turning the order, so that a fact is learnt and not a sentence.

Names and numbers stay, as they say what is asked. No word is added: the adapter sees no paraphrase. What is no question
stays whole: an instruction or a list of facts that lost words would ask for what it does not say.
"""

import random

DROPPED = 0.8


def reworded(question: str, draw: random.Random) -> str:
    """The question with up to DROPPED of its ordinary words missing, half the time turned around a word."""
    words = question.rstrip("? ").split()
    if not words or not question.rstrip().endswith("?"):
        return question
    share = draw.random() * DROPPED
    kept = [w for i, w in enumerate(words) if _telling(w, i) or draw.random() > share] or words
    if draw.random() < 0.5 and len(kept) > 4:
        turn = draw.randrange(1, len(kept))
        kept = kept[turn:] + kept[:turn]
    return " ".join(kept) + ("?" if draw.random() < 0.7 else "")


def _telling(word: str, place: int) -> bool:
    return word[0].isdigit() or (place > 0 and word[0].isupper())
