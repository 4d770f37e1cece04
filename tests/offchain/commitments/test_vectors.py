"""The golden vectors are what the code gives; a difference is a change of the protocol."""

import pytest

import write_vectors


@pytest.mark.parametrize("name", write_vectors.VECTORS)
def test_vectors_when_written_anew_are_unchanged(name: str) -> None:
    stored = (write_vectors.TARGET / f"{name}.json").read_text(encoding="utf-8")

    assert write_vectors.text(name) == stored
