"""An operator and a pay proxy on loopback, and the official clients in front of them."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from support.shop import Shop, open_shop
from tallystick.gateways.operator.client import OperatorClient
from tallystick.interfaces.web.faces import HttpFaces


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
    with HttpFaces().proxy(shop.pay_desk(api=OperatorClient(operator))) as url:
        yield url


@pytest.fixture
def client(proxy: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as opened:
        yield opened
