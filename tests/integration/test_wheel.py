"""The wheel: whatever lies in the package is in it, and it runs without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "offchain" / "tallystick"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--quiet", "--wheel-dir", str(folder)], check=True, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def test_wheel_when_built_holds_every_file_of_the_package(wheel: Path) -> None:
    wanted = {
        str(Path("tallystick") / path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".mypy_cache" not in path.parts
    }

    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()
    assert any(name.endswith("abi/UsageEscrow.json") for name in wanted)


def test_wheel_when_unpacked_elsewhere_answers(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import tallystick\n"
        "from tallystick.interfaces.cli.main import main\n"
        "assert tallystick.__file__.startswith(sys.path[0]), tallystick.__file__\n"
        "sys.argv[1:] = ['--help']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True
    )

    assert "dataset" in done.stdout and done.returncode == 0, done.stderr
