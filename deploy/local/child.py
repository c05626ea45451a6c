"""Become another program that cannot outlive its parent.

Run as `python -I -S child.py SPEC.json`, and imports only the standard library: it runs before anything is
set up, so it must start in milliseconds. The supervisor takes the same steps before it forks into a Python process
of the product (`forked.py`). The specification (see `ProcessSpec`) holds
arguments, the complete environment, folder, account and death signal; keeping it in a private file keeps
passwords off command lines and spares every path with a space or a percent sign from a configuration syntax.
"""

import ctypes
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def main(spec_path: str) -> None:
    """Become the program."""
    # Python's own handler would note a SIGINT that comes right before the exec, and forget it with the exec.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    prepare(spec, parent)
    os.execve(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606 - arguments come from our own table


def prepare(spec: dict[str, Any], parent: int) -> None:
    """Folder, account, and the request to the kernel to send `death_signal` when `parent` dies."""
    if spec["fresh_folder"]:
        shutil.rmtree(spec["fresh_folder"], ignore_errors=True)
        Path(spec["fresh_folder"]).mkdir(parents=True)
    os.chdir(spec["cwd"])  # before the account changes: it may lie where only we may go
    if spec["uid"] is not None:
        os.setgroups([])
        os.setgid(spec["gid"])
        os.setuid(spec["uid"])
    # After the account: the kernel forgets the request when credentials change.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, spec["death_signal"], 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died in between, so nobody will send the signal any more
        sys.exit(1)
    os.umask(0o077)


if __name__ == "__main__":
    main(sys.argv[1])
