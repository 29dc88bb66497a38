"""Instructions for each message of ordinary mail; see instructions.sh.

Both filters run under callgrind and are told the same things by a client that speaks the milter protocol: connect,
HELO, MAIL, RCPT, DATA, and header, body and end of message only if DATA was answered by Continue. Counted is what
lies between two readings, so that no start and no loading of lists is in it; a second, longer run takes out what
goes on beside (timers, the database). Rows: the filter that does nothing, crm-milter as installed, with every
feature and blocks for inboxes, the same with one block more that is for everybody (then authors must be looked at).
"""

import argparse
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import prove  # noqa: E402
from private_site import EVERYTHING, ROOT, Site, programs  # noqa: E402

FIELDS = [
    ("Received", " from client.test (client.test [203.0.113.9])\n\tby mx.crm.test (Postfix) with ESMTP id 4QueueId"),
    ("From", " Customer <customer@client.test>"), ("To", " luis@crm.test"), ("Subject", " an ordinary message"),
    ("Date", " Sun, 22 Nov 2026 10:00:00 +0000"), ("Message-ID", " <1@client.test>"), ("MIME-Version", " 1.0"),
    ("Content-Type", " text/plain; charset=utf-8"), ("DKIM-Signature", " v=1; a=rsa-sha256;" + " b=0123456789abcdef" * 15),
]
NR_HEADER, SKIP, NR_CONNECT, NR_HELO, NR_EOH = 0x80, 0x400, 0x1000, 0x2000, 0x40000


class Client:
    """A mail server's side of one connection."""

    def __init__(self, path):
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.settimeout(120)
        self.stream.connect(str(path))
        self.send(b"O", struct.pack(">III", 6, 0x1ff, 0x1fffff))
        _, said = self.packet()
        self.options = struct.unpack(">III", said[:12])[2]

    def send(self, letter, data=b""):
        self.stream.sendall(struct.pack(">I", len(data) + 1) + letter + data)

    def read(self, count):
        data = b""
        while len(data) < count:
            piece = self.stream.recv(count - len(data))
            if not piece:
                raise SystemExit("the filter hung up")
            data += piece
        return data

    def packet(self):
        data = self.read(struct.unpack(">I", self.read(4))[0])
        return data[:1], data[1:]

    def step(self, letter, data=b"", quiet=0):
        self.send(letter, data)
        return b"c" if self.options & quiet else self.packet()[0]

    def message(self, number):
        """One connection for each message, as strangers come."""
        self.step(b"C", b"client.test\0" + b"4\x30\x39203.0.113.9\0", NR_CONNECT)
        self.step(b"H", b"client.test\0", NR_HELO)
        self.send(b"D", b"M{mail_addr}\0customer@client.test\0")
        self.step(b"M", f"<customer{number}@client.test>\0".encode())
        self.send(b"D", b"R{rcpt_mailer}\0virtual\0{rcpt_addr}\0luis@crm.test\0")
        self.step(b"R", b"<luis@crm.test>\0")
        self.send(b"D", b"Ti\x004QueueId\0")
        if self.step(b"T") == b"c":
            for name, value in FIELDS:
                self.step(b"L", f"{name}\0{value}\0".encode(), NR_HEADER)
            self.step(b"N", b"", NR_EOH)
            if self.step(b"B", b"x" * 4096) != b"a":
                self.send(b"D", b"Ei\x004QueueId\0")
                self.step(b"E")
        self.send(b"Q")
        self.stream.close()


def counted(pid, base):
    """Instructions since the last reading."""
    before = set(base.parent.glob(base.name + ".*"))
    subprocess.run(["callgrind_control", "-d", str(pid)], check=True, capture_output=True)
    limit = time.monotonic() + 60
    while True:
        for path in set(base.parent.glob(base.name + ".*")) - before:
            found = re.search(r"^(?:totals|summary): (\d+)", path.read_text(errors="replace"), re.M)
            if found:
                return int(found[1])
        if time.monotonic() > limit:
            raise SystemExit("callgrind says nothing")
        time.sleep(0.05)


def per_message(pid, path, base, count):
    """A long run less a short one, over the messages that it has more."""
    totals = []
    for messages in (20, count // 5, count + count // 5):
        counted(pid, base)
        for number in range(messages):
            Client(path).message(number)
        totals.append(counted(pid, base))
    return (totals[2] - totals[1]) / count


def callgrind(base, user=()):
    return [*user, "valgrind", "--tool=callgrind", "--quiet", "--max-threads=2000", f"--callgrind-out-file={base}"]


def wait(path, process):
    while True:
        try:
            probe = socket.socket(socket.AF_UNIX)
            probe.connect(str(path))
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"{process.args} ended: {process.returncode}") from None
            time.sleep(0.1)
        finally:
            probe.close()


def end(process):
    """At once: libmilter's own stop takes seconds, in which a signal to us would leave it behind."""
    process.kill()
    process.wait()


def nothing(site, bins, options):
    path, base = site.dir / "nothing.sock", site.dir / "callgrind.nothing"
    process = subprocess.Popen([*callgrind(base), bins / "examples/nothing", f"unix:{path}"])
    try:
        wait(path, process)
        return per_message(process.pid, path, base, options.messages)
    finally:
        end(process)


def ours(site, options, name, blocks=0):
    """As root all the way: valgrind cannot follow a process that changes its user."""
    base = site.dir / f"callgrind.{name}"
    log = open(site.dir / "daemon.log", "wb")
    process = subprocess.Popen([*callgrind(base), site.dir / "bin/crm-milter", "--config", site.config],
                               stdout=log, stderr=log, cwd=site.dir)
    try:
        limit = time.monotonic() + 600
        wait(site.dir / "run/milter.sock", process)
        while f"{blocks} blocks in force" not in (site.dir / "daemon.log").read_text():
            if time.monotonic() > limit or process.poll() is not None:
                raise SystemExit((site.dir / "daemon.log").read_text())
            time.sleep(0.5)
        return per_message(process.pid, site.dir / "run/milter.sock", base, options.messages)
    finally:
        end(process)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--blocks", type=int, default=100_000)
    parser.add_argument("--release", action="store_true", help="measure an optimised build")
    options = parser.parse_args()
    profile = "release" if options.release else "debug"
    bins = programs(profile=profile)
    command = ["cargo", "build", "--locked", "--quiet", "--example", "nothing"] + (["--release"] if options.release else [])
    subprocess.run(command, check=True, cwd=ROOT)
    rows = []
    with Site(bins, server=True) as site:
        site.crmctl("migrate")
        rows.append(("nothing", nothing(site, bins, options)))
        plain = site.config.read_text().replace('user = "nobody"', 'user = ""')
        site.config.write_text(plain)
        rows.append(("as installed", ours(site, options, "plain")))
        site.config.write_text(plain + EVERYTHING)
        prove(site)
        insert = ("INSERT INTO crm.block (id, kind, value, scope, created_by) SELECT gen_random_uuid(), 'address', "
                  "'u' || n || '@blocked' || n % 1000 || '.test', '{}', 'figures' FROM generate_series({}, {}) n")
        site.sql(insert.format("inbox", 1, options.blocks))
        rows.append((f"everything, {options.blocks} blocks", ours(site, options, "inbox", options.blocks)))
        site.sql(insert.format("all", options.blocks + 1, options.blocks + 1))
        rows.append(("and a block for everybody", ours(site, options, "all", options.blocks + 1)))
    print(f"instructions for each of {options.messages} messages of ordinary mail, {profile} build")
    for name, count in rows:
        print(f"{name:<32}{count:>12,.0f}{count / rows[0][1]:>8.2f} of nothing")


if __name__ == "__main__":
    sys.exit(main())
