"""Words of every script: on ASCII those of rouge-score, elsewhere nothing is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.tokenizers import DefaultTokenizer

from tallystick.pipeline.evaluation.words import Words, states

ASCII = st.text(st.characters(max_codepoint=127), max_size=80)


@pytest.mark.parametrize("stem", [True, False])
@given(text=ASCII)
def test_tokenize_when_text_is_ascii_agrees_with_the_library(stem: bool, text: str) -> None:
    assert Words(stem=stem).tokenize(text) == DefaultTokenizer(use_stemmer=stem).tokenize(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("连衣裙,裙长*半身裙", list("连衣裙裙长半身裙")),
        ("iPhone手机 15", ["iphon", "手", "机", "15"]),
        ("ラーメン屋", list("ラーメン屋")),
        ("Größe, café!", ["grösse", "café"]),
        ("cafe\u0301", ["café"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("running Läufer", ["run", "läufer"]),
        ("\ud800 ok", ["ok"]),
    ],
)
def test_tokenize_when_text_is_not_ascii_keeps_it(text: str, expected: list[str]) -> None:
    assert Words().tokenize(text) == expected


@pytest.mark.parametrize(
    ("value", "text", "stands"),
    [
        ("265", "It has 1,265 steps.", False),
        ("265", "It has 265.", True),
        ("1,265", "It has 1,265 steps.", True),
        ("3.5", "Grade 3.55", False),
        ("pub", "a public house", False),
        ("Café  Sicilia", "near CAFÉ SICILIA.", True),
        ("£20-25", "costs £20-25 here", True),
        ("上海", "我在上海住", True),
        ("", "anything", False),
    ],
)
def test_states_when_a_value_stands_in_the_text_asks_for_the_whole(
    value: str, text: str, stands: bool
) -> None:
    assert states(value, text) is stands
