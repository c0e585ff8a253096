"""A small disk of a server's own, which a fault can fill: a tmpfs whose size is cut down to what is on it.

It is mounted in a mount namespace of this process's own (unshare(2), mount_namespaces(7)), so nobody else sees it, and
it is gone with the run's last process, however that ends. Linux, and root. An fsync there does nothing: what a crash of
the server leaves is as on a disk, what a power cut would leave is not asked here.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from chaosctl.errors import RunBroke

SIZE = 512 * 1024 * 1024
"""Bytes at most; memory is taken for what is on it alone."""

CLONE_NEWNS, MS_REMOUNT, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 32, 0x4000, 1 << 18, 2


def enter_namespace() -> str:
    """Have a mount namespace of our own from now on; return why that can't be, in words, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a server's disk can be filled by root on Linux alone, who may mount a small one"
    try:
        _call("unshare", CLONE_NEWNS)
        _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    except OSError as error:
        return f"a server's disk can't be filled here, for no small one may be mounted: {error}"
    return ""


def put_on_small_disk(folder: Path) -> None:
    """Move a folder to a small disk of its own, mounted in its place (blocks; in the thread that entered)."""
    made = folder.with_name(f"{folder.name}-made")
    folder.rename(made)
    folder.mkdir()
    _mount(folder, SIZE, flags=0)
    done = subprocess.run(["cp", "-a", f"{made}/.", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunBroke(f"{folder} could not be put on a small disk: {done.stderr.strip()[-300:]}")
    shutil.rmtree(made)


def fill(folder: Path) -> None:
    """Leave no room on a small disk."""
    state = os.statvfs(folder)
    _mount(folder, (state.f_blocks - state.f_bfree) * state.f_frsize, flags=MS_REMOUNT)


def free(folder: Path) -> None:
    """Give a small disk its room again."""
    _mount(folder, SIZE, flags=MS_REMOUNT)


def remove(folder: Path) -> None:
    """Take a small disk away, with all that is on it."""
    _call("umount2", os.fsencode(folder), MNT_DETACH)


def _mount(folder: Path, size: int, *, flags: int) -> None:
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", flags, f"size={size}".encode())


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
