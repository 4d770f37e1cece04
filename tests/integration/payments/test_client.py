"""The public x402 client, unmodified, pays over real HTTP: docs/x402.md."""

import asyncio
import base64
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from x402 import x402Client, x402ClientSync
from x402.http.clients import wrapHttpxWithPayment, x402_requests
from x402.http.utils import decode_payment_required_header, decode_payment_response_header
from x402.mechanisms.evm import EthAccountSigner
from x402.mechanisms.evm.exact import register_exact_evm_client
from x402.schemas import PaymentPayload, SettleResponse, SupportedResponse, VerifyResponse

from support.chain_stage import BOB, NORA
from support.payments.paid_shop import PaidShop, question
from support.shop import WORDS
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.digests import receipt_digest
from tallystick.errors import Overloaded
from tallystick.interfaces.cli.serve import application
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted
from tallystick.interfaces.web.x402.facilitator import Allowance
from tallystick.interfaces.web.x402.shapes import payment_from_header
from tallystick.ports.observing.metrics import UNMEASURED

pytestmark = pytest.mark.integration
BODY = {"model": "estuary", "messages": [{"role": "user", "content": "When was the hour bell cast?"}]}


@pytest.fixture
def url(shop: PaidShop) -> Iterator[str]:
    with hosted(server.build(shop.answers, payments=shop.desk)) as found:
        yield found


def paying(client: Any) -> Any:
    client.set_spend_controls({"allowed_assets": True})
    register_exact_evm_client(client, EthAccountSigner(BOB._account))
    return client


def sent(response: Any) -> str:
    return str(response.request.headers["PAYMENT-SIGNATURE"])


def test_request_when_unpaid_is_told_what_to_pay(shop: PaidShop, url: str) -> None:
    told = httpx.post(f"{url}/v1/chat/completions", json=BODY)

    assert told.status_code == 402 and told.json()["error"]["code"] == "payment_required"
    asked = decode_payment_required_header(told.headers["PAYMENT-REQUIRED"])
    (terms,) = asked.accepts
    assert (terms.scheme, terms.network) == ("exact", "eip155:31337")
    assert terms.amount == str(shop.desk.max_fee(question())) and terms.pay_to == shop.desk.terms().pay_to
    unpaid = httpx.post(f"{url}/v1/embeddings", json={"model": "estuary", "input": "a"})
    assert unpaid.status_code == 402 and unpaid.headers["PAYMENT-REQUIRED"]


def test_requests_client_when_it_pays_is_answered_settled_and_never_billed_twice(
    shop: PaidShop, url: str
) -> None:
    before, session = shop.money(), x402_requests(paying(x402ClientSync()))

    answered = session.post(f"{url}/v1/chat/completions", json=BODY)

    assert answered.status_code == 200
    assert answered.json()["choices"][0]["message"]["content"] == "".join(WORDS)
    paid = decode_payment_response_header(answered.headers["PAYMENT-RESPONSE"])
    assert paid.success and paid.payer == BOB.address
    header = {"PAYMENT-SIGNATURE": sent(answered)}
    again = httpx.post(f"{url}/v1/chat/completions", json=BODY, headers=header)
    assert again.json() == answered.json() and again.headers["PAYMENT-RESPONSE"]
    other = {**BODY, "messages": [{"role": "user", "content": "Another?"}]}
    assert httpx.post(f"{url}/v1/chat/completions", json=other, headers=header).status_code == 409
    shop.redeemed(payment_from_header(sent(answered)))
    fee = answered.json()["tallystick"]["price"]["fee"]
    assert shop.money() == before - fee and fee < int(paid.amount or 0)
    (stored,) = shop.ledger.receipts.recent()
    domain = shop.settlement.domain
    assert stored.is_acknowledged and stored.digest == receipt_digest(domain, stored.receipt)
    assert [s.action for s in settle_due(shop.settlement)] == ["submit", "wait"]


def test_embeddings_when_paid_by_x402_are_billed_once(shop: PaidShop, url: str) -> None:
    before, session = shop.money(), x402_requests(paying(x402ClientSync()))
    body = {"model": "estuary", "input": ["When was it?", "By whom?"]}

    made = session.post(f"{url}/v1/embeddings", json=body)

    assert made.status_code == 200 and len(made.json()["data"]) == 2
    assert decode_payment_response_header(made.headers["PAYMENT-RESPONSE"]).success
    header = {"PAYMENT-SIGNATURE": sent(made)}
    assert httpx.post(f"{url}/v1/embeddings", json=body, headers=header).json() == made.json()
    shop.redeemed(payment_from_header(sent(made)))
    (stored,) = shop.ledger.receipts.recent()
    assert shop.money() == before - made.json()["tallystick"]["price"]["fee"]
    assert stored.receipt.tokens_out == 0 and stored.is_acknowledged


def test_httpx_client_when_it_streams_is_paid_before_the_first_chunk(shop: PaidShop, url: str) -> None:
    async def ask() -> httpx.Response:
        async with wrapHttpxWithPayment(paying(x402Client())) as http:
            return await http.post(f"{url}/v1/completions", json={"prompt": "When?", "stream": True})

    streamed = asyncio.run(ask())

    assert streamed.status_code == 200 and streamed.text.rstrip().endswith("data: [DONE]")
    assert decode_payment_response_header(streamed.headers["PAYMENT-RESPONSE"]).success


def test_payment_when_it_is_malformed_is_answered_402_with_the_reason(shop: PaidShop, url: str) -> None:
    session = x402_requests(paying(x402ClientSync()))
    good = json.loads(base64.b64decode(sent(session.post(f"{url}/v1/chat/completions", json=BODY))))
    wrong = {
        "invalid_x402_version": {**good, "x402Version": 1},
        "unsupported_scheme": {**good, "accepted": {**good["accepted"], "scheme": "upto"}},
        "network_mismatch": {**good, "accepted": {**good["accepted"], "network": "eip155:1"}},
        "invalid_payload": {**good, "payload": {"signature": "0x"}},
    }
    headers = {code: base64.b64encode(json.dumps(body).encode()).decode() for code, body in wrong.items()}
    for code, header in {**headers, "invalid_payload": "%%"}.items():
        told = httpx.post(f"{url}/v1/chat/completions", json=BODY, headers={"PAYMENT-SIGNATURE": header})
        assert told.status_code == 402 and told.json()["error"]["code"] == code
        assert decode_payment_required_header(told.headers["PAYMENT-REQUIRED"]).error == code


def test_facilitator_when_asked_speaks_the_public_shapes(shop: PaidShop, url: str) -> None:
    kinds = SupportedResponse.model_validate(httpx.get(f"{url}/x402/supported").json())
    assert [kind.scheme for kind in kinds.kinds] == ["exact"] and kinds.signers == {
        "eip155:*": [NORA.address]
    }
    asked = decode_payment_required_header(
        httpx.post(f"{url}/v1/chat/completions", json=BODY).headers["PAYMENT-REQUIRED"]
    )
    payload = paying(x402ClientSync()).create_payment_payload(asked)
    assert isinstance(payload, PaymentPayload)
    body = {
        "x402Version": 2,
        "paymentPayload": payload.model_dump(by_alias=True, exclude_none=True),
        "paymentRequirements": asked.accepts[0].model_dump(by_alias=True),
    }

    verified = VerifyResponse.model_validate(httpx.post(f"{url}/x402/verify", json=body).json())
    settled = SettleResponse.model_validate(httpx.post(f"{url}/x402/settle", json=body).json())
    body["paymentRequirements"]["payTo"] = BOB.address
    refused = VerifyResponse.model_validate(httpx.post(f"{url}/x402/verify", json=body).json())

    assert verified.is_valid and verified.payer and verified.payer.lower() == BOB.address
    assert settled.success and len(settled.transaction) == 66
    assert not refused.is_valid and refused.invalid_reason == "invalid_payload"


def test_allowance_when_it_is_empty_refuses_until_it_fills() -> None:
    now = [0.0]
    allowance = Allowance(2, lambda: now[0])
    allowance.take()
    allowance.take()

    with pytest.raises(Overloaded) as refused:
        allowance.take()

    now[0] += refused.value.retry_after_s
    allowance.take()


def test_serve_when_x402_is_on_takes_payments_and_says_where(
    shop: PaidShop, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"serve": lambda waits: shop.answers, "payment_desk": lambda desk: shop.desk}
    node = SimpleNamespace(**said, meters=lambda: UNMEASURED)
    config = SimpleNamespace(x402="on", log=SimpleNamespace(format="text"))
    session: Any = SimpleNamespace(node=node, config=config)

    paid = set(application(session).openapi()["paths"])
    config.x402 = "off"
    plain = set(application(session).openapi()["paths"])

    assert paid - plain == {"/x402/verify", "/x402/settle", "/x402/supported"}
    assert shop.desk.terms().pay_to in capsys.readouterr().err
