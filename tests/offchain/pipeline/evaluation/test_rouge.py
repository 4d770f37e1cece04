"""ROUGE: against rouge-score's own scorer, against counts by hand, in other scripts, with several references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.rouge import Rouge, corpus_rouge, rouge

SENTENCES = st.text("abc dogs running. -_", max_size=60)


@given(reference=SENTENCES, answer=SENTENCES)
def test_rouge_when_text_is_ascii_agrees_with_the_library(reference: str, answer: str) -> None:
    kinds = ("rouge1", "rouge2", "rougeL")
    theirs = RougeScorer(kinds, use_stemmer=True).score(reference, answer)

    assert rouge([(reference,)], [answer]) == [Rouge(*(theirs[k].fmeasure for k in kinds))]


def test_rouge_when_counted_by_hand_is_the_harmonic_mean() -> None:
    # Reference: the cat sat on the mat; answer: the cat lay on a mat. Common: the, cat, on, mat; the-cat; L 4.
    (score,) = rouge([("the cat sat on the mat",)], ["the cat lay on a mat"])

    assert score.one == pytest.approx(4 / 6)
    assert score.two == pytest.approx(1 / 5)
    assert score.longest == pytest.approx(4 / 6)


def test_rouge_when_text_is_chinese_counts_characters() -> None:
    # Reference has 6 characters, answer 5; 4 are common, in order; the pairs 我爱, 爱北 and 北京 are too.
    (score,) = rouge([("我爱北京天安",)], ["我爱北京吗"])

    assert score.one == pytest.approx(2 * 4 / 11)
    assert score.two == pytest.approx(2 * 3 / 9)
    assert score.longest == pytest.approx(2 * 4 / 11)
    assert RougeScorer(["rouge1"]).score("我爱北京天安", "我爱北京吗")["rouge1"].fmeasure == 0


def test_rouge_when_there_are_several_references_takes_the_best_of_each_measure() -> None:
    # The first has the words, the second the longer run in order.
    references = ("d c b a", "a b x y")
    (both,) = rouge([references], ["a b c d"])
    first, second = rouge([(r,) for r in references], ["a b c d", "a b c d"])

    assert (first.one, second.one) == (1.0, 0.5)
    assert (first.two, second.two) == (0.0, pytest.approx(1 / 3))
    assert both == Rouge(first.one, second.two, max(first.longest, second.longest))


def test_rouge_when_stemming_is_off_tells_forms_apart() -> None:
    assert rouge([("running dogs",)], ["run dog"])[0].one == 1.0
    assert rouge([("running dogs",)], ["run dog"], stem=False)[0].one == 0.0


def test_rouge_when_the_answer_is_empty_is_zero() -> None:
    assert rouge([("a fact",)], [""]) == [Rouge(0.0, 0.0, 0.0)]


@pytest.mark.parametrize(("references", "answers"), [([("a",)], []), ([()], ["a"])])
def test_rouge_when_references_are_lacking_refuses(
    references: list[tuple[str, ...]], answers: list[str]
) -> None:
    with pytest.raises(InvalidInput):
        rouge(references, answers)


def test_corpus_rouge_when_taken_is_the_mean() -> None:
    assert corpus_rouge([Rouge(1.0, 0.5, 0.2), Rouge(0.0, 0.0, 0.4)]) == Rouge(0.5, 0.25, pytest.approx(0.3))
    with pytest.raises(InvalidInput):
        corpus_rouge([])
