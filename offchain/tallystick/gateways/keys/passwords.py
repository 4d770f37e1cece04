"""Secrets of a person: from a credential of systemd, a file, the environment or a prompt; never from arguments."""

import getpass
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tallystick.errors import InvalidInput, NotFound

PASSWORD_VARIABLE: Final = "TALLYSTICK_KEY_PASSWORD"
CREDENTIAL: Final = "tallystick-key-password"
_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
LEAST: Final = 12


def read_password(
    file: Path | None = None, environment: Mapping[str, str] = os.environ, *, key: str = ""
) -> str:
    """The first there is: systemd's credential for this key or for all, the named file, the variable, a person.

    `ps` shows arguments, so that none is read from there. The variable is for development: children inherit it.
    """
    if folder := environment.get(_CREDENTIALS):
        for name in (f"{CREDENTIAL}-{key}", CREDENTIAL):
            if (found := Path(folder) / name).is_file():
                return found.read_text(encoding="utf-8").rstrip("\r\n")
    if file is not None:
        return read_secret(file)
    if password := environment.get(PASSWORD_VARIABLE):
        return password
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass(f"Password of the key {key}: " if key else "Password: ")
    raise NotFound(
        "No password for the keys.",
        f"Name a `password_file`, give systemd's credential {CREDENTIAL}, or set {PASSWORD_VARIABLE}.",
    )


def new_password(
    file: Path | None = None, environment: Mapping[str, str] = os.environ, *, key: str = ""
) -> str:
    """For a key that is made: long enough, and typed twice by a person."""
    password = read_password(file, environment, key=key)
    if len(password) < LEAST:
        raise InvalidInput(f"A password of {len(password)} characters is guessed.", f"Use {LEAST} or more.")
    return password


def read_secret(file: Path) -> str:
    """One line out of a file that only its owner can read."""
    if not file.exists():
        raise NotFound(f"No secret file {file}.", "Create it with mode 0600.")
    check_private(file)
    secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    if not secret or "\n" in secret:
        raise InvalidInput(f"{file} holds no secret: one line is wanted.", "Write it anew.")
    return secret


def check_private(path: Path) -> None:
    """`InvalidInput` for a file that others may read, or that belongs to another user."""
    state = path.stat()
    mode = stat.S_IMODE(state.st_mode)
    if not stat.S_ISREG(state.st_mode):
        raise InvalidInput(f"{path} is no plain file.", "A key or password lies in a file of its own.")
    if mode & 0o077:
        raise InvalidInput(f"{path} has mode {mode:03o}: others may read it.", f"Run: chmod 600 {path}")
    if state.st_uid not in (os.geteuid(), 0):
        raise InvalidInput(f"{path} belongs to user {state.st_uid}.", "Use files of the user that runs this.")
