"""The official OpenAI client, unmodified, through pay proxy and operator over real HTTP on loopback."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from support.shop import ESCROW, WORDS, Shop, open_shop
from tallystick.app.monitoring import word
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Wallet
from tallystick.domain.digests import Domain
from tallystick.errors import Conflict, NodeError
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.operator.client import OperatorClient
from tallystick.interfaces.web import server
from tallystick.interfaces.web.faces import HttpFaces
from tallystick.interfaces.web.hosting import hosted
from tallystick.ports import Feedback

pytestmark = pytest.mark.integration
QUESTION = "When was the hour bell cast?"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def operator(shop: Shop) -> Iterator[str]:
    with HttpFaces().operator(shop.counter.desk) as url:
        yield url


@pytest.fixture
def proxy(shop: Shop, operator: str) -> Iterator[str]:
    wallet = Wallet(shop.bob.address, shop.session, 10**9, 31337, ESCROW)
    desk = PayDesk(api=OperatorClient(operator), ledger=shop.buyer_books, wallet=wallet)
    with HttpFaces().proxy(desk) as url:
        yield url


@pytest.mark.parametrize("stream", [False, True])
def test_openai_client_when_it_asks_through_the_proxy_is_answered_and_pays(
    shop: Shop, proxy: str, stream: bool
) -> None:
    asked = HttpFaces().ask(proxy, "estuary", QUESTION, stream=stream)

    (sold,) = shop.seller_books.receipts.recent(5)
    assert asked.text == "".join(WORDS) and sold.is_acknowledged
    assert asked.extension["price"]["fee"] == sold.receipt.cumulative
    assert asked.extension["shares"][0]["ppm"] == 700_000


def test_openai_client_when_it_lists_models_sees_the_offer(proxy: str) -> None:
    client = openai.OpenAI(base_url=f"{proxy}/v1", api_key="none")

    assert [m.id for m in client.models.list().data] == ["estuary"]


def test_openai_client_when_it_asks_the_operator_without_a_voucher_is_refused(operator: str) -> None:
    client = openai.OpenAI(base_url=f"{operator}/v1", api_key="none", max_retries=0)

    with pytest.raises(openai.AuthenticationError, match="a bearer key alone pays for nothing"):
        client.chat.completions.create(model="estuary", messages=[{"role": "user", "content": QUESTION}])


def test_openai_client_when_the_request_is_wrong_reads_why(proxy: str) -> None:
    client = openai.OpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0)

    with pytest.raises(openai.BadRequestError, match="max_tokens"):
        client.chat.completions.create(
            model="estuary", messages=[{"role": "user", "content": QUESTION}], max_tokens=10**6
        )


@pytest.mark.parametrize("header", ["{", "[]", '{"consumer": "0x00"}'])
def test_operator_when_the_voucher_header_is_wrong_answers_400(operator: str, header: str) -> None:
    body = {"model": "estuary", "messages": [{"role": "user", "content": QUESTION}]}

    answer = httpx.post(
        f"{operator}/v1/chat/completions", json=body, headers={"x-tallystick-voucher": header}
    )

    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error"


def test_hosted_when_the_port_is_taken_says_so(shop: Shop, operator: str) -> None:
    taken = int(operator.rsplit(":", 1)[1])

    with pytest.raises(Conflict, match="cannot be used"), hosted(server.build(shop.counter.desk), port=taken):
        pass


def test_feedback_when_sent_over_http_reaches_the_operators_books(
    shop: Shop, operator: str, proxy: str
) -> None:
    HttpFaces().ask(proxy, "estuary", QUESTION, stream=False)
    (sold,) = shop.seller_books.receipts.recent(5)
    said = Feedback(sold.digest, False, True, "It was cast in 1790.", 70)
    statement = word.feedback_statement(Domain(31337, ESCROW), said)

    api = OperatorClient(operator)
    told = api.feedback(word.to_json(word.SignedFeedback(said, shop.session.sign(statement))))

    assert told == {"label": "corrected", "may_train": True, "is_watched": False}
    with pytest.raises(NodeError, match="may not speak"):
        api.feedback(word.to_json(word.SignedFeedback(said, Key.generate().sign(statement))))
    api.close()
