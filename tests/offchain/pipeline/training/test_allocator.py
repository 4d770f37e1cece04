"""What was freed leaves the process, also where something small still lives between the blocks."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHURN = """
import sys
from tallystick.pipeline.training.allocator import give_back_memory
if "told" in sys.argv:
    give_back_memory()
del (first := bytearray(1 << 20))[:]
del first
blocks, small = [], []
for _ in range(300):
    blocks.append(bytearray(1 << 20))
    small.append(bytearray(2000))
blocks.clear()
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * 4096 >> 20)
"""


def resident_mib(*told: str) -> int:
    done = subprocess.run([sys.executable, "-c", CHURN, *told], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator alone is told")
def test_give_back_memory_when_told_leaves_no_gaps() -> None:
    left_alone, told = resident_mib(), resident_mib("told")

    assert told < 100 < 250 < left_alone
