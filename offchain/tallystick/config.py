"""A node's settings: flag over environment over file over default, with origins. Connects to nothing."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tallystick.errors import InvalidInput, NodeError
from tallystick.hidden import HiddenUrls
from tallystick.sections import (
    TABLES,
    Auditing,
    Caution,
    Daemon,
    Keeping,
    Logs,
    Monitoring,
    Prices,
    Roles,
    Sending,
    Serving,
    StudioPlace,
    Telling,
    Watching,
)
from tallystick.settings import SETTINGS, Setting

ENV_PREFIX = "TALLYSTICK_"
FILES = (Path("tallystick.toml"), Path("~/.config/tallystick/config.toml"))


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a node can be told. Secrets are never in here, only the files that hold them."""

    home: Path
    rpc_url: HiddenUrls
    rpc_fallbacks: HiddenUrls
    deployment: Path | None
    ipfs: str
    database: Path | str
    keystore: Path
    key: str
    password_file: Path | None
    model: Path
    embedder: Path | None
    vectors: HiddenUrls
    api_host: str
    api_port: int
    x402: str
    operator_url: HiddenUrls
    prices: Prices
    monitor: Monitoring
    risk: Caution
    outbox: Sending
    daemon: Daemon
    watch: Watching
    audits: Auditing
    content: Keeping
    metrics: Telling
    log: Logs
    roles: Roles
    serving: Serving
    studio: StudioPlace
    calibration_seconds: int
    drift: int
    threads: int
    origins: Mapping[str, str]

    @property
    def lock_file(self) -> Path:
        """Held by the one process that may write under `home`."""
        return self.home / "node.lock"

    @property
    def index_file(self) -> Path:
        """Contract events, which can be made again at any time."""
        return self.home / "index.sqlite3"

    @property
    def purchases_file(self) -> Path:
        """What was bought from this node itself."""
        return self.home / "purchases.sqlite3"

    def value(self, key: str) -> Any:
        """A setting by its dotted name, as in the TOML file."""
        found: Any = self
        for part in key.split("."):
            found = getattr(found, part)
        return found


@dataclass(frozen=True, slots=True)
class SettingView:
    """One line of `config show`."""

    setting: str
    value: str
    origin: str


def load(flags: Mapping[str, Any], environ: Mapping[str, str], files: Sequence[Path] = FILES) -> Config:
    """The settled configuration. A flag that is None was not given; a file that is absent is passed over."""
    layers = [("flag", {key: value for key, value in flags.items() if value is not None})]
    layers.append(("environment", _from_environment(environ)))
    layers += [(str(path), read_file(path)) for path in files if _is_there(path)]
    for origin, layer in layers:
        _refuse_unknown(origin, layer)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        origin, given = _first(setting, layers)
        values[setting.key] = _parse(setting, origin, given, values)
        origins[setting.key] = _name_origin(setting, origin)
        if origin == "flag":
            refuse_in_arguments(values[setting.key], f"--{setting.key}".replace("_", "-"))
    return _assemble(values, origins)


def refuse_in_arguments(value: object, flag: str) -> None:
    """`InvalidInput` for an address with a key in it: every user of the machine may list arguments."""
    if isinstance(value, HiddenUrls) and value.has_secrets:
        raise InvalidInput(
            f"The address after {flag} has a user, a query or a key in it, which the process list shows.",
            "Put it into the settings file or the environment.",
        )


def _is_there(path: Path) -> bool:
    """Not in a folder that this user may not enter, as root's is for the user of a service."""
    try:
        return path.expanduser().is_file()
    except PermissionError:
        return False


def read_file(path: Path) -> dict[str, Any]:
    """The settings of one TOML file under dotted names."""
    try:
        content = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not TOML: {error}.", "Correct that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path} cannot be read: {error}.", "Check its permissions and encoding."
        ) from error
    flat: dict[str, Any] = {}
    for key, value in content.items():
        inner = (
            {f"{key}.{name}": each for name, each in value.items()}
            if isinstance(value, dict)
            else {key: value}
        )
        flat.update(inner)
    return flat


def views(config: Config) -> tuple[SettingView, ...]:
    """Every setting with its value and origin, for `config show --origin`."""
    return tuple(
        SettingView(
            s.key, "" if (value := config.value(s.key)) is None else str(value), config.origins[s.key]
        )
        for s in SETTINGS
    )


def environment_name(key: str) -> str:
    return ENV_PREFIX + key.replace(".", "_").upper()


def starter_file() -> str:
    """A TOML file that names every setting, each commented out at its default."""
    head = "# Settings of this node. A flag or a TALLYSTICK_* variable wins over this file.\n"
    plain = [s for s in SETTINGS if "." not in s.key]
    lines = [f"# {s.about}\n# {s.key} = {_toml(s.default)}\n" for s in plain]
    tables: dict[str, list[str]] = {}
    for s in SETTINGS:
        table, _, name = s.key.rpartition(".")
        if table:
            tables.setdefault(table, []).append(f"# {s.about}\n# {name} = {_toml(s.default)}\n")
    for table, entries in tables.items():
        lines.append(f"[{table}]\n" + "".join(entries))
    return "\n".join([head, *lines])


def settings_file(config: Config) -> str:
    """A TOML file with every setting that is not at its default, hidden addresses whole: for its owner's eyes."""
    chosen = [s.key for s in SETTINGS if config.origins[s.key] != "default"]
    values = {key: _whole(config.value(key)) for key in chosen}
    shown = {k: str(v) if isinstance(v, int) else json.dumps(str(v or "")) for k, v in values.items()}
    lines = [f"{key} = {shown[key]}" for key in chosen if "." not in key]
    for table in dict.fromkeys(key.split(".")[0] for key in chosen if "." in key):
        lines += ["", f"[{table}]"]
        lines += [f"{k.split('.')[1]} = {shown[k]}" for k in chosen if k.startswith(f"{table}.")]
    return "\n".join(lines) + "\n"


def default_serving() -> Serving:
    """For who serves without a configuration."""
    told = {s.key: s for s in SETTINGS}
    made: dict[str, Any] = {f.name: told[f"serving.{f.name}"] for f in fields(Serving)}
    return Serving(**{name: setting.parse(str(setting.default)) for name, setting in made.items()})


def _whole(value: Any) -> Any:
    return " ".join(value.revealed) if isinstance(value, HiddenUrls) else value


def _toml(default: object) -> str:
    return str(default) if isinstance(default, int) else f'"{default}"'


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = {environment_name(setting.key): setting.key for setting in SETTINGS}
    return {names[name]: value for name, value in environ.items() if name in names and value != ""}


def _refuse_unknown(origin: str, layer: Mapping[str, Any]) -> None:
    known = [setting.key for setting in SETTINGS]
    for key in layer:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "`tallystick config show` lists every setting."
            raise InvalidInput(f"{origin} has an unknown setting {key!r}.", hint)


def _first(setting: Setting, layers: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[str, Any]:
    return next(
        ((origin, layer[setting.key]) for origin, layer in layers if setting.key in layer),
        ("default", setting.default),
    )


def _parse(setting: Setting, origin: str, given: Any, settled: Mapping[str, Any]) -> Any:
    text = str(given).replace("{home}", str(settled.get("home", "")))
    try:
        if isinstance(given, bool) or not isinstance(given, str | int):
            raise ValueError(f"{given!r} is neither text nor a whole number")
        return setting.parse(text)
    except NodeError:
        raise
    except ValueError as error:
        where = _name_origin(setting, origin)
        raise InvalidInput(f"{setting.key} from {where} is wrong: {error}.", setting.about) from error


def _name_origin(setting: Setting, origin: str) -> str:
    if origin == "environment":
        return environment_name(setting.key)
    return f"flag --{setting.key.replace('.', '-').replace('_', '-')}" if origin == "flag" else origin


def _assemble(values: Mapping[str, Any], origins: Mapping[str, str]) -> Config:
    tables: dict[str, Any] = {
        name: kind(**{f.name: values[f"{name}.{f.name}"] for f in fields(kind)})
        for name, kind in TABLES.items()
    }
    plain = {key: value for key, value in values.items() if "." not in key}
    return Config(origins=MappingProxyType(dict(origins)), **tables, **plain)
