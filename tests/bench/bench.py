#!/usr/bin/env python3
"""Figures of throughput, all in one run on one machine:

  none      Postfix without a milter
  nothing   with a filter that does nothing: our callbacks and negotiation, always Continue (nothing.rs)
  ordinary  ordinary mail through crm-milter
  consume   mail to an inbox that consumes: until accepted, and until recorded in PostgreSQL
  copy      mail to an inbox that passes a copy on: until accepted

The ways alternate within each round, in a random order, because the machine wanders by more than they differ.
Printed are medians with 95 % intervals (bootstrap over rounds) of the rates and of their ratios to `nothing`
within a round. Queue, spool and database lie on a journaled file system: on one without a journal, creating files
after many were removed costs whatever it likes. smtp-source sends, everything else is discarded on delivery.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from private_site import EVERYTHING, ROOT, USER, Site, programs  # noqa: E402

BLOCKS = 1_000_000
DISCARD = "virtual_transport = discard:\ndefault_transport = discard:\n"
AIMS = [
    ("ordinary", 1.0), ("consume", 1.0), ("consume, recorded", 0.7), ("copy", 0.75),
]


def journaled(path):
    """Whether a file system that journals holds `path`."""
    mount = subprocess.run(["findmnt", "-no", "SOURCE,FSTYPE", "-T", path], capture_output=True, text=True, check=True)
    source, kind = mount.stdout.split()
    if kind not in ("ext3", "ext4"):
        return kind in ("xfs", "btrfs", "jfs"), kind
    features = subprocess.run(["dumpe2fs", "-h", source], capture_output=True, text=True, check=False).stdout
    return "has_journal" in features, kind


class Disk:
    """A journaled file system under target/bench: the one there, or an ext4 in a file of its own."""

    def __enter__(self):
        self.path = ROOT / "target/bench"
        self.path.mkdir(parents=True, exist_ok=True)
        self.mounted = False
        good, kind = journaled(self.path)
        if not good:
            image = self.path / "disk"
            with open(image, "wb") as file:
                file.truncate(4 << 30)
            subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
            (self.path / "mount").mkdir(exist_ok=True)
            subprocess.run(["mount", "-o", "loop", image, self.path / "mount"], check=True)
            self.path, self.mounted = self.path / "mount", True
        # The path of a unix socket has 107 bytes, and the services' users must get at it.
        self.short = pathlib.Path(f"/run/crm-bench-{os.getpid()}")
        self.short.mkdir()
        subprocess.run(["mount", "--bind", self.path, self.short], check=True)
        self.short.chmod(0o755)
        print(f"file system: {kind}{', without a journal; measuring on an ext4 of its own' if self.mounted else ''}")
        return self.short

    def __exit__(self, *_):
        subprocess.run(["umount", self.short], check=True)
        self.short.rmdir()
        if self.mounted:
            subprocess.run(["umount", self.path], check=True)
            (self.path.parent / "disk").unlink()


def blast(port, to, options):
    """Seconds that smtp-source takes; one connection for each message, as strangers come."""
    command = ["smtp-source", "-s", str(options.sessions), "-m", str(options.messages), "-l", str(options.size),
               "-f", "customer@client.test", "-t", to, f"inet:127.0.0.1:{port}"]
    start = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - start


def interval(values, draws=5000):
    """Median and its 95 % interval, by bootstrap."""
    generator = random.Random(1)
    medians = sorted(statistics.median(generator.choices(values, k=len(values))) for _ in range(draws))
    return statistics.median(values), medians[draws * 25 // 1000], medians[draws * 975 // 1000]


def idle(site):
    """Waits until nothing is left to do, so that one way's rest is not the next one's load."""
    while site.spooled() or site.queued():
        time.sleep(0.05)


def processor():
    """Processor time in seconds that each program has used so far, by its name; what has ended is not counted."""
    used = collections.Counter()
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        used[name] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def prove(site):
    """As after `crmctl check --probe` on a host that strips forged fields."""
    path = site.dir / "spool/proven"
    path.write_text(json.dumps({"authserv_id": "mx.crm.test", "markers": ["x-spam-flag"]}))
    shutil.chown(path, USER)


def measure(site, options, ports):
    cost = collections.defaultdict(collections.Counter)
    rates = {name: [] for name in ("none", "nothing", "ordinary", "consume", "consume, recorded", "copy")}
    ways = [("none", "luis@crm.test"), ("nothing", "luis@crm.test"), ("ordinary", "luis@crm.test"),
            ("consume", "info@crm.test"), ("copy", "sales@crm.test")]
    recorded = 0
    for round_ in range(options.rounds + 1):
        for name, to in random.sample(ways, len(ways)):
            port = ports.get(name, ports["ours"])
            before, start = processor(), time.monotonic()
            took = blast(port, to, options)
            while name == "consume" and site.spooled():
                time.sleep(0.01)
            until_recorded = time.monotonic() - start
            idle(site)
            recorded += options.messages if name in ("consume", "copy") else 0
            if round_ == 0:
                continue  # warms up
            cost[name].update(processor() - before)
            rates[name].append(options.messages / took)
            if name == "consume":
                rates["consume, recorded"].append(options.messages / until_recorded)
        if round_:
            print(f"round {round_}: " + ", ".join(f"{name} {values[-1]:.0f}" for name, values in rates.items()), flush=True)
    found = int(site.sql("SELECT count(*) FROM crm.mail")[0][0])
    print(f"sent to inboxes: {recorded}; in the database: {found}")
    return rates, cost, found == recorded


def report_cost(cost, options):
    """What limits a rate on a machine whose processors are all busy."""
    print("\nprocessor milliseconds a message, until all is delivered and recorded; the largest shares")
    for name, used in cost.items():
        messages = options.rounds * options.messages
        shares = ", ".join(f"{who} {1000 * spent / messages:.2f}" for who, spent in used.most_common(7))
        print(f"{name:<10}{1000 * sum(used.values()) / messages:>6.2f}  {shares}")


def report(rates):
    print(f"\n{'':<20}{'messages/s':>12}{'95 %':>16}{'of nothing':>14}{'95 %':>16}  aim")
    aims = dict(AIMS)
    for name, values in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(values, rates["nothing"])]
        middle, low, high = interval(values)
        ratio, ratio_low, ratio_high = interval(ratios)
        aim = f"  >= {aims[name]:.2f}: {'met' if ratio >= aims[name] else 'missed'}" if name in aims else ""
        print(f"{name:<20}{middle:>12.0f}{f'{low:.0f}-{high:.0f}':>16}{ratio:>14.2f}{f'{ratio_low:.2f}-{ratio_high:.2f}':>16}{aim}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--features", choices=["inbox", "all"], help="1,000,000 blocks of that scope, capture, codes, DMARC, spam markers: all on")
    parser.add_argument("--release", action="store_true", help="measure an optimised build")
    options = parser.parse_args()
    profile = "release" if options.release else "debug"
    bins = programs(profile=profile)
    command = ["cargo", "build", "--locked", "--quiet", "--example", "nothing"] + (["--release"] if options.release else [])
    subprocess.run(command, check=True, cwd=ROOT)
    print(f"{options.rounds} rounds of {options.messages} messages of {options.size} bytes, {options.sessions} sessions, {profile} build")
    with Disk() as disk, Site(bins, base=disk) as site:
        socket = f"{site.dir}/run/nothing.sock"
        user = ["setpriv", "--reuid", "nobody", "--regid", "postfix", "--clear-groups"]
        umask = lambda: os.umask(0o117)  # noqa: E731
        nothing = subprocess.Popen([*user, bins / "examples/nothing", f"unix:{socket}"], preexec_fn=umask)
        try:
            if options.features:
                with open(site.config, "a") as config:
                    config.write(EVERYTHING)
                prove(site)
            site.start_daemon()
            if options.features:
                site.add_blocks(BLOCKS, options.features)
                print(f"all features on, {BLOCKS} blocks of scope {options.features}")
            site.crmctl("user", "add", "ana", "--name", "Ana", "--address", "ana@crm.test", "--role", "administrator")
            ports = {
                "none": site.start_postfix("none", milter=False, extra=DISCARD),
                "nothing": site.start_postfix("nothing", socket_path=socket, extra=DISCARD),
                "ours": site.start_postfix("ours", extra=DISCARD),
            }
            rates, cost, complete = measure(site, options, ports)
        finally:
            nothing.terminate()
            nothing.wait()
        report(rates)
        report_cost(cost, options)
        return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
