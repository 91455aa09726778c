"""Starting and stopping the programs of a bed.

A program is remembered by its pid and the moment it started, so a pid that the system has given to somebody else
meanwhile is never signalled.
"""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path


def start(name, command, log_folder):
    """Starts a program in a session of its own, which lets Postfix signal its process group without hitting us."""
    with open(Path(log_folder) / f"{name}.log", "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    return {"name": name, "pid": process.pid, "started": started(process.pid), "command": [str(word) for word in command]}


def stop(program, patience=10):
    """Ends a program and everything it started: asks with SIGTERM, waits, then SIGKILL for what is left."""
    if not is_running(program):
        return
    family = {pid: started(pid) for pid in [program["pid"], *descendants(program["pid"])]}
    _signal(program["pid"], signal.SIGTERM)
    # The children of a stopped master go when they find it gone; some of them want to be told as well.
    for step in range(patience * 20):
        left = [pid for pid, when in family.items() if when and started(pid) == when and not _reap(pid)]
        if not left:
            return
        if step == 20:
            for pid in left:
                _signal(pid, signal.SIGTERM)
        time.sleep(0.05)
    for pid in left:
        _signal(pid, signal.SIGKILL)


def is_running(program):
    return started(program["pid"]) == program["started"] and not _reap(program["pid"])


def started(pid):
    """The start time of a process in clock ticks since boot, None when there is none (or only its zombie)."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[19])


def descendants(pid):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, open_pids = [], [pid]
    while open_pids:
        below = children.get(open_pids.pop(), [])
        found += below
        open_pids += below
    return found


def wait_for_port(port, host="127.0.0.1", patience=20):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers on {host}:{port}")


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _reap(pid):
    """Takes the exit code of a child of ours that has ended; True when there was one."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False
