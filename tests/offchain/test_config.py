"""Settings: who wins, where a value came from, and what is refused."""

import os
from pathlib import Path

import pytest

from tallystick.config import environment_name, load, read_file, starter_file, views
from tallystick.errors import InvalidInput
from tallystick.settings import SETTINGS


def toml(folder: Path, text: str, name: str = "tallystick.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_load_when_nothing_is_given_takes_the_defaults() -> None:
    config = load({}, {}, ())

    assert config.rpc_url.one == str(config.rpc_url) == "http://127.0.0.1:8545"
    assert config.ipfs == "embedded"
    assert config.deployment is None
    assert set(config.origins.values()) == {"default"}


def test_load_when_all_layers_speak_takes_flag_then_environment_then_files_in_order(tmp_path: Path) -> None:
    near = toml(tmp_path, "threads = 3\napi_port = 3000\nkey = 'near'\n")
    far = toml(tmp_path, "threads = 4\napi_port = 4000\nkey = 'far'\napi_host = '127.0.0.4'\n", "config.toml")
    environment = {"TALLYSTICK_THREADS": "2", "TALLYSTICK_API_PORT": "2000"}

    config = load({"threads": "1", "key": None}, environment, (near, far))

    assert (config.threads, config.api_port, config.key, config.api_host) == (1, 2000, "near", "127.0.0.4")
    assert config.origins["threads"] == "flag --threads"
    assert config.origins["api_port"] == "TALLYSTICK_API_PORT"
    assert config.origins["key"] == str(near)
    assert config.origins["api_host"] == str(far)


def test_load_when_home_moves_moves_what_lies_in_it(tmp_path: Path) -> None:
    config = load({"home": str(tmp_path)}, {"TALLYSTICK_KEYSTORE": "/elsewhere/keys"}, ())

    assert config.database == tmp_path / "node.sqlite3"
    assert config.lock_file == tmp_path / "node.lock"
    assert config.keystore == Path("/elsewhere/keys")


def test_load_when_the_database_is_a_url_keeps_it(tmp_path: Path) -> None:
    url = "postgresql://nora@db.example:5433/books?passfile=/etc/tallystick/pgpass"

    assert load({"database": url}, {}, ()).database == url


def test_load_when_a_table_is_given_reads_its_prices(tmp_path: Path) -> None:
    config = load({}, {}, (toml(tmp_path, "[prices]\ntokens_in = 7\n"),))

    assert (config.prices.tokens_in, config.prices.tokens_out) == (7, 600_000)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threads", "0"),
        ("threads", "two"),
        ("api_port", "65536"),
        ("api_port", "-1"),
        ("rpc_url", "127.0.0.1:8545"),
        ("rpc_url", "http://"),
        ("ipfs", "http://127.0.0.1:5001"),
        ("api_host", "not a host"),
        ("key", "../secret"),
        ("database", " "),
        ("database", "postgresql://nora:secret@db/books"),
        ("database", "postgresql://nora@db/books?password=secret"),
        ("home", " "),
        ("prices.tokens_in", "1.5"),
    ],
)
def test_load_when_a_value_is_wrong_says_which_and_from_where(key: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load({}, {environment_name(key): value}, ())

    assert key in refused.value.message
    assert environment_name(key) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "text", ["threads = 1.5", "threads = true", "threads = [1]", "api_host = 2026-11-21"]
)
def test_load_when_a_file_has_the_wrong_type_refuses(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        load({}, {}, (toml(tmp_path, text),))


def test_load_when_a_setting_is_misspelt_suggests_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="rpcurl") as refused:
        load({}, {}, (toml(tmp_path, 'rpcurl = "http://127.0.0.1:1"'),))

    assert "rpc_url" in refused.value.hint


@pytest.mark.parametrize("content", [b"threads = ", b"\xff\xfe", b"threads = 1\nthreads = 2"])
def test_read_file_when_broken_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tallystick.toml"
    path.write_bytes(content)

    with pytest.raises(InvalidInput, match=r"tallystick\.toml"):
        read_file(path)


def test_load_when_an_environment_variable_is_empty_passes_it_over() -> None:
    assert load({}, {"TALLYSTICK_THREADS": ""}, ()).threads == 2


def test_starter_file_when_every_line_is_uncommented_gives_the_defaults(tmp_path: Path) -> None:
    lines = starter_file().splitlines()
    live = "\n".join(line.removeprefix("# ") if " = " in line else line for line in lines)

    config = load({}, {}, (toml(tmp_path, live),))

    assert [v.value for v in views(config)] == [v.value for v in views(load({}, {}, ()))]
    assert all(f"{setting.key.rpartition('.')[2]} = " in live for setting in SETTINGS)


def test_load_when_a_folder_may_not_be_entered_passes_its_file_over(tmp_path: Path) -> None:
    folder = tmp_path / "of-root"
    folder.mkdir()
    (folder / "tallystick.toml").write_text('key = "theirs"\n')
    folder.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        assert load({}, {}, [folder / "tallystick.toml"]).key == "node"
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
    assert load({}, {}, [folder / "tallystick.toml"]).key == "theirs"
