"""Locks that die with their process, and start times that tell processes of one number apart."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def lock_file(file: IO[bytes], shared: bool = False) -> bool:
        """Try to lock an open file; True when we hold it, until it is closed."""
        del shared  # Windows locks are exclusive: whoever looks holds it for an instant
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock_file(file: IO[bytes], shared: bool = False) -> bool:
        """Try to lock an open file; True when we hold it, until it is closed."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def process_start(pid: int) -> str | None:
    """When a process began, in the system's own words; None where it cannot be told."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.is_dir() and Path("/proc/self/stat").exists():
        try:
            # The name of the program, in brackets, may hold anything: count fields behind it.
            return stat.read_text().rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            return None
    if os.name != "posix":
        return None
    told = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or None


def alive(pid: int, started: str) -> bool | None:
    """Whether a process of this machine still runs; None where that cannot be told."""
    if os.name != "posix" or not started:
        return None
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return False
        return fields[19] == started and fields[0] not in "ZX"  # a zombie only waits to be counted
    return process_start(pid) == started
