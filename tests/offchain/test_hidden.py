"""Addresses that are worth money are used and never shown, however somebody prints them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.config import environment_name, load, settings_file, views
from tallystick.errors import InvalidInput, Unavailable
from tallystick.gateways.child import free_port
from tallystick.gateways.operator.client import OperatorClient
from tallystick.hidden import HiddenUrls, scrubbed, shown
from tallystick.interfaces.cli.main import run
from tallystick.interfaces.cli.session import Session

KEY = "4f6c9d1e2b3a"
URL = f"https://nora:{KEY}@eth.example:8443/v3/{KEY}?api_key={KEY}#{KEY}"
HIDDEN = ["rpc_url", "rpc_fallbacks", "content.sources", "content.pinning", "operator_url", "vectors"]
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=20)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (URL, "https://eth.example:8443"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://[::1]:8545/x", "http://[::1]:8545"),
        ("https://[broken/secret", "(hidden)"),
        ("https://eth.example:port/secret", "(hidden)"),
        ("/ip4/127.0.0.1/tcp/5001/http", "/ip4/127.0.0.1/tcp/5001/http"),
    ],
)
def test_url_when_shown_has_no_user_path_or_query(url: str, told: str) -> None:
    assert shown(url) == told


@pytest.mark.parametrize("key", HIDDEN)
def test_setting_when_it_may_hold_a_key_is_hidden_wherever_settings_are_printed(key: str) -> None:
    config = load({}, {environment_name(key): URL}, ())

    found = config.value(key)
    printed = (repr(config), str(found), f"{found}", repr(views(config)), json.dumps([str(found)]))
    assert found.one == URL and all(KEY not in each for each in printed)
    assert "https://eth.example:8443" in printed[0]
    assert URL in settings_file(config) and load({}, {}, ()).value(key) != found
    assert KEY not in repr(replace(config, home=config.home / "other"))


@pytest.mark.parametrize("key", HIDDEN)
@pytest.mark.parametrize("wrong", [f"htps://eth.example/{KEY}", f"https://eth.example:0/{KEY}"])
def test_setting_when_it_is_refused_is_not_repeated(key: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=key) as refused:
        load({}, {environment_name(key): wrong}, ())

    assert KEY not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    "url",
    [
        f"https://{KEY}@eth.example",
        "https://eth.example/v3/4f6c9d1e2b3a8c7d",
        f"https://eth.example/?k={KEY}",
    ],
)
def test_address_when_it_has_a_key_is_refused_where_the_process_list_shows_it(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["--rpc-url", url, "config", "show"], ["pay", "proxy", "--operator-url", url]):
        code = run(words, Session(pytest.fail))

        refusal = capsys.readouterr().err
        assert code == 2 and f"after {words[words.index(url) - 1]} has" in refusal
        assert "process list" in refusal and url not in refusal and KEY not in refusal
    assert load({"rpc_url": "https://eth.example:8443/rpc"}, {}, ()).rpc_url.one.endswith("/rpc")


def test_operator_when_it_cannot_be_reached_is_named_without_what_is_hidden() -> None:
    client = OperatorClient(f"http://nora:{KEY}@127.0.0.1:{free_port()}/{KEY}")

    with pytest.raises(
        Unavailable, match=r"The operator at http://127\.0\.0\.1:\d+ cannot be reached"
    ) as down:
        client.models()

    assert KEY not in down.value.message + down.value.hint


@pytest.mark.slow
@given(WORDS, WORDS, WORDS)
def test_answer_when_it_repeats_the_address_is_scrubbed_of_its_secret_parts(
    user: str, path: str, query: str
) -> None:
    url = f"https://{user}@eth.example/v3/{path}?key={query}"

    told = scrubbed(f"no project {path!r} of {user} for {url}: {query} is unknown", url)

    assert not any(each in told.replace("eth.example", "") for each in (user, path, query))


def test_several_when_some_are_multiaddrs_show_those() -> None:
    told = HiddenUrls(f"/ip4/127.0.0.1/tcp/5001/http {URL}")

    assert str(told) == "/ip4/127.0.0.1/tcp/5001/http https://eth.example:8443"
    assert told.revealed == ("/ip4/127.0.0.1/tcp/5001/http", URL) and not HiddenUrls(" ")


def test_address_when_it_cannot_be_read_is_a_secret_whole() -> None:
    told = HiddenUrls("http://[user:key@x")

    assert told.has_secrets and str(told) == "(hidden)"
    assert scrubbed("nobody at http://[user:key@x", told.one) == "nobody at (hidden)"
