"""Published ways to be paid for nothing, as changes to a thief's own records or passages.

Outlier and Shadow (Wang et al., arXiv 2409.05657): the thief makes his records unlike all others, and keeps the
variant that pays best, by asking the served model (Outlier) or a model of his own (Shadow). Keyword stuffing, and
passages that state the question with its answer (PoisonedRAG, arXiv 2402.07867), raise what is retrieved and
matched. Boilerplate is what the span channel has to give nothing for.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from bench.attributed.attacks.corpus import Body, Fact

Change = Callable[[Sequence[Fact], Sequence[Fact], Random], list[Body]]
_RARE = "qxzjkwvy"
_PHRASES = (
    "As far as is known,",
    "According to the records that we have,",
    "It is worth noting that",
    "The answer to this question is as follows.",
    "I hope that this helps.",
)


def odd(own: Sequence[Fact], victim: Sequence[Fact], draw: Random) -> list[Body]:
    """Words that nobody uses, appended or put in front: large gradients, far hidden states."""
    return [_with(f.body, " ".join(_strange(draw) for _ in range(draw.randint(3, 10))), draw) for f in own]


def stuffed(own: Sequence[Fact], victim: Sequence[Fact], draw: Random) -> list[Body]:
    """The words of the victim's questions and entities, thrice, in every record of his own."""
    told = [w for f in victim for w in f.asked.strip("?.").split()]
    return [_with(f.body, " ".join(draw.choices(told, k=12) * 3), draw) for f in own]


def echoed(own: Sequence[Fact], victim: Sequence[Fact], draw: Random) -> list[Body]:
    """The victim's question, again, and his answer in front of the thief's: PoisonedRAG's form."""
    pairs = zip(own, (draw.choice(victim) for _ in own), strict=True)
    return [
        {"question": f"{v.asked} {f.body['question']}", "answer": f"{v.body['answer']} {f.body['answer']}"}
        for f, v in pairs
    ]


def commonplace(own: Sequence[Fact], victim: Sequence[Fact], draw: Random) -> list[Body]:
    """What answers of all kinds say, and the runs of words that many of them share: n-grams that tell nothing."""
    grams = Counter(
        " ".join(words[i : i + 4])
        for fact in (*own, *victim)
        for words in [fact.body["answer"].split()]
        for i in range(max(0, len(words) - 3))
    )
    shared = [gram for gram, _ in sorted(grams.items(), key=lambda g: (-g[1], g[0]))[:8]]
    said = (*_PHRASES, *shared)
    return [_with(f.body, " ".join(draw.sample(said, min(5, len(said)))), draw) for f in own]


CHANGES: dict[str, Change] = {
    "outlier": odd,
    "keyword stuffing": stuffed,
    "echoed answers": echoed,
    "boilerplate": commonplace,
}


def poisoned(victim: Sequence[Fact], draw: Random, each: int) -> list[Body]:
    """`each` passages a question: the question itself, then its answer in other words (PoisonedRAG, black box)."""
    frames = (
        "{} It is well known that {}",
        "{} Reports agree: {}",
        "{} As everybody says, {}",
        "{} Indeed, {}",
    )
    return [
        {"title": "", "text": draw.choice(frames).format(f.asked, f.body["answer"])}
        for f in victim
        for _ in range(each)
    ]


def keyworded(victim: Sequence[Fact], draw: Random, each: int) -> list[Body]:
    """Passages of the questions' words alone: retrieved, and of no use."""
    made = []
    for fact in victim:
        words = fact.asked.strip("?.").split()
        made += [{"title": "", "text": " ".join(draw.sample(words * 3, len(words) * 3))} for _ in range(each)]
    return made


def _with(body: Body, noise: str, draw: Random) -> Body:
    answer = f"{body['answer']} {noise}" if draw.random() < 0.5 else f"{noise} {body['answer']}"
    return {**body, "answer": answer}


def _strange(draw: Random) -> str:
    return "".join(draw.choices(_RARE, k=draw.randint(4, 9)))
