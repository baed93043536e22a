# SPDX-License-Identifier: BSD-2-Clause
"""Programs that end when this one does, with all that they have started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

_running: set[int] = set()


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess:
    """With its messages, in English."""
    # If this one is killed, it has no chance to end a child: the kernel does.
    with subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], cwd=cwd, env={**os.environ, "LC_ALL": "C"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as child:
        _running.add(child.pid)
        output, messages = child.communicate()
        _running.remove(child.pid)
    return subprocess.CompletedProcess(command, child.returncode, output, messages)


def _end(number: int, _: object) -> None:
    for group in list(_running):
        os.killpg(group, signal.SIGTERM)
    sys.exit(128 + number)


def end_with_me() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
