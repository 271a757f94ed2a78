"""Starts scripts of this folder, each in a process of its own: forked, for the imports take longer than what they do.

Reads JSON from standard input, a line for each process: {"script": name, "arguments": [...], "output": path}, and
answers each line with one, before which the next must not be sent. What the process prints goes to that path, its
errors to that path and ".errors"; when it has ended, its exit code is in that path and ".code". The code of a process
that was killed is minus the signal's number. All of them end when this one does.
"""

import ctypes
import gc
import json
import os
import runpy
import select
import signal
import sys
from pathlib import Path

# For the scripts, as are the others; what kerasig has is imported when it is asked for.
import keras  # noqa: F401
import tf_keras.callbacks  # noqa: F401

from kerasig import Explainer, IGCallback, ProbeSet, alarms, baselines, suspects, targets  # noqa: F401

PR_SET_PDEATHSIG = 1


def forked() -> list[str] | None:
    """In each new process the script and its arguments; in this one None, when nobody asks any more."""
    running: dict[int, str] = {}
    # What was imported lives to the end: no process need look at it again.
    gc.freeze()
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.05)
        if readable:
            line = sys.stdin.readline()
            if not line:
                return None
            request = json.loads(line)
            process = os.fork()
            if not process:
                _separate(request["output"])
                return [str(Path(__file__).with_name(request["script"])), *request["arguments"]]
            running[process] = request["output"]
            print("started", flush=True)
        for process, output in list(running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                del running[process]
                partial = Path(output + ".part")
                partial.write_text(str(os.waitstatus_to_exitcode(status)))
                partial.rename(output + ".code")


def _separate(output: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for stream, path in ((0, os.devnull), (1, output), (2, output + ".errors")):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), stream)


if __name__ == "__main__" and (arguments := forked()):
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
