"""Anyone registers an endpoint: whatever it says, the client answers with an error that a person can read."""

import pytest

from tallystick.errors import InvalidInput, NodeError, Unavailable
from tallystick.gateways.operator.client import OperatorClient


@pytest.mark.parametrize(
    "url", ["nonsense", "file:///etc/passwd", "javascript:1", "http://127.0.0.1:9", "http://[x"]
)
def test_reader_card_when_nobody_answers_there_says_so(url: str) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        OperatorClient(url).reader_card()


def test_client_when_the_url_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no URL") as refused:
        OperatorClient("http://\0")
    assert isinstance(refused.value, NodeError) and refused.value.hint
