"""halmos and Slither in an environment of their own, and a way to run a program that may not end."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prove.campaign import JOURNALS, ROOT
from prove.forge import CONFIG, program

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ENVIRONMENT = JOURNALS / "venv"


def tool(name: str) -> str:
    """The program's path; the environment is made on the first call and when its pins have changed."""
    stamp = ENVIRONMENT / ".stamp"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"prove: installing halmos and Slither into {ENVIRONMENT.relative_to(ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        pip = [
            str(ENVIRONMENT / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "-r",
            str(REQUIREMENTS),
        ]
        subprocess.run(pip, check=True)
        stamp.write_text(wanted)
    return str(ENVIRONMENT / "bin" / name)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Both tools call forge by its name and read its settings."""
    path = f"{Path(program()).parent}{os.pathsep}{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "FOUNDRY_CONFIG": str(ROOT / CONFIG), "NO_COLOR": "1", **(more or {})}


def output_of(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> str:
    """Everything that it prints; the program and all that it started are ended when the time is over."""
    log = JOURNALS / "output.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w+", encoding="utf-8") as file:
        made = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=file, stderr=file, start_new_session=True
        )
        try:
            made.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(made.pid, signal.SIGKILL)
            made.wait()
    return log.read_text(encoding="utf-8")
