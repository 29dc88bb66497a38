#!/usr/bin/env python3
"""Starts a daemon and waits until it says READY=1 in the manner of sd_notify(3), and has its database.

usage: ready.py PIDFILE LOGFILE COMMAND...

Leaves the daemon running and its id in PIDFILE. Status 1 if it ends, or says nothing for a minute.
"""

import os
import select
import socket
import subprocess
import sys
import time


def main():
    pidfile, logfile, *command = sys.argv[1:]
    # An abstract socket: nothing in the file system, nothing to leave behind.
    name = f"crm-milter-demo-{os.getpid()}"
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind("\0" + name)
    with open(logfile, "ab") as log:
        before = log.tell()
        daemon = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "NOTIFY_SOCKET": "@" + name},
        )
    with open(pidfile, "w") as file:
        file.write(f"{daemon.pid}\n")
    end = os.pidfd_open(daemon.pid)
    limit = time.monotonic() + 60
    ready = False
    while time.monotonic() < limit:
        said, _, _ = select.select([notify, end], [], [], 0.1)
        if end in said:
            return 1
        ready = ready or notify in said and b"READY=1" in notify.recv(4096)
        with open(logfile) as log:
            log.seek(before)
            if ready and "the database is ready" in log.read():
                return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
