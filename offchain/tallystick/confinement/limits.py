"""What a child may use; set inside it, before it sees a byte of the file."""

import ctypes
import platform
import resource
import struct
import sys
from dataclasses import dataclass
from typing import Final

MIB: Final = 2**20
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER, _PR_SET_DUMPABLE = 38, 22, 2, 4
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
# The number on x86-64 and on arm64. Networks, other programs and processes, mounts, doors around this filter.
_FORBIDDEN: Final[dict[str, tuple[int | None, int | None]]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "execve": (59, 221),
    "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117), "kill": (62, 129),
    "tkill": (200, 130), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434),
    "mount": (165, 40), "umount2": (166, 39), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "keyctl": (250, 219), "perf_event_open": (298, 241),
    "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat2": (316, 276), "mknod": (133, None),
    "symlink": (88, None), "symlinkat": (266, 36), "link": (86, None), "linkat": (265, 37), "chmod": (90, None),
    "fchmodat": (268, 53), "truncate": (76, 45), "openat2": (437, 437), "setrlimit": (160, 164),
    "creat": (85, None), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
}  # fmt: skip
_CLONE, _OPENAT, _OPEN, _PRLIMIT, _CLONE3 = (56, 220), (257, 56), (2, None), (302, 261), 435
_CLONE_THREAD, _WRITES = 0x10000, 0o103  # O_WRONLY, O_RDWR, O_CREAT
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds of one child. `answer` bounds what it may say."""

    memory: int = 2048 * MIB
    cpu_s: int = 120
    wall_s: int = 300
    answer: int = 768 * MIB
    files: int = 64


def confine(limits: Limits) -> None:
    """For good. What the system cannot do is left out but the rlimits: seccomp is there on Linux alone."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # One second between the signal that says why and the kill.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    if sys.platform == "linux" and platform.machine() in _MACHINES:
        _filter(*_MACHINES[platform.machine()])


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter(machine: int, column: int) -> None:
    """Classic BPF: another architecture's calls and those listed fail with EPERM."""
    numbers = [numbers[column] for numbers in _FORBIDDEN.values()]
    steps = [
        _step(0x20, 0, 0, 4),
        _step(0x15, 1, 0, machine),
        _step(0x06, 0, 0, _EPERM),
        _step(0x20, 0, 0, 0),
    ]
    if column == 0:  # the x32 numbers of x86-64 lead to the same calls
        steps += [_step(0x35, 0, 1, 0x40000000), _step(0x06, 0, 0, _EPERM)]
    for number in numbers:
        if number is not None:
            steps += [_step(0x15, 0, 1, number), _step(0x06, 0, 0, _EPERM)]
    steps += [
        _step(0x15, 0, 1, _CLONE3),
        _step(0x06, 0, 0, _ENOSYS),
    ]  # libraries then use clone, whose flags show
    steps += _argument(_CLONE[column], 0, _CLONE_THREAD, is_wanted=True)
    steps += _argument(_OPENAT[column], 2, _WRITES, is_wanted=False)
    steps += _argument(_OPEN[column], 1, _WRITES, is_wanted=False)
    steps += _argument(_PRLIMIT[column], 2, 0xFFFFFFFF, is_wanted=False)  # root could raise its limits again
    steps.append(_step(0x06, 0, 0, _ALLOW))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return
    program = _Program(len(steps), b"".join(steps))
    libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)


def _argument(number: int | None, place: int, bits: int, *, is_wanted: bool) -> list[bytes]:
    """The call fails without any of these bits in its argument, or, where they are not wanted, with any."""
    if number is None:
        return []
    test = _step(0x45, 1, 0, bits) if is_wanted else _step(0x45, 0, 1, bits)
    refuse, again = _step(0x06, 0, 0, _EPERM), _step(0x20, 0, 0, 0)
    return [_step(0x15, 0, 4, number), _step(0x20, 0, 0, 16 + 8 * place), test, refuse, again]


def _step(code: int, true: int, false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)
