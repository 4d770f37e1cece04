"""Makes a node's folders and a settings file to start from. Overwrites nothing."""

from dataclasses import dataclass
from pathlib import Path

from tallystick.config import Config, starter_file
from tallystick.errors import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Initialised:
    """What was made."""

    settings: Path
    home: Path
    keystore: Path


def initialise(config: Config, settings: Path) -> Initialised:
    """Private folders, and a TOML file with every setting at its default."""
    try:
        for folder in (config.home, config.keystore):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with settings.open("x", encoding="utf-8") as file:
            file.write(starter_file())
    except FileExistsError as error:
        raise Conflict(f"{error.filename} is there already.", "Edit it, or remove it first.") from error
    except OSError as error:
        raise InvalidInput(
            f"{error.filename} cannot be made: {error.strerror}.", "Choose another `home`."
        ) from error
    return Initialised(settings, config.home, config.keystore)
