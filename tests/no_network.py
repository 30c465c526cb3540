"""Run ``clv-xl`` where no internet socket can be made: the system kills who tries, in any thread, library or child.

``python -m tests.no_network report orders.csv``. A filter of system calls (seccomp) needs no rights and cannot be taken
off again; it sees DuckDB and the process that opens workbooks as well as Python. Linux only.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

# the number of socket() and the architecture as the kernel names them
MACHINES = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
AF_INET, AF_INET6, AF_NETLINK = 2, 10, 16

_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_KILL, _ALLOW = 0x80000000, 0x7FFF0000
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_NUMBER_AT, _ARCHITECTURE_AT, _FAMILY_AT = 0, 4, 16


def _filter() -> list[tuple[int, int, int, int]]:
    """Return the program: each step is an operation, how far to go on if it holds and if not, and a number."""
    socket, architecture = MACHINES[platform.machine()]
    return [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 0, 5, architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_EQUAL, 0, 4, socket),
        (_LOAD, 0, 0, _FAMILY_AT),
        (_IF_EQUAL, 1, 0, AF_INET),
        (_IF_EQUAL, 0, 1, AF_INET6),
        (_RETURN, 0, 0, _KILL),
        (_RETURN, 0, 0, _ALLOW),
    ]


def forbid_internet() -> None:
    """Have this process, and all that it starts, killed with SIGSYS where it makes an internet socket."""
    steps = b"".join(struct.pack("HBBI", *step) for step in _filter())
    program = ctypes.create_string_buffer(steps)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    told = Program(len(_filter()), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _FILTER, ctypes.byref(told), 0, 0)):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "this system takes no filter of system calls")


if __name__ == "__main__":
    forbid_internet()
    from clv_xl.cli import main

    sys.argv = ["clv-xl", *sys.argv[1:]]
    main()
