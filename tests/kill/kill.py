#!/usr/bin/env python3
"""The crash tests; see run.sh."""

import argparse
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import load  # noqa: E402
import outbox  # noqa: E402
from private_site import Site, programs  # noqa: E402

STORED = "SELECT message_id, count(*) FROM crm.mail GROUP BY message_id"


def both(number):
    """Half of the messages to the inbox that consumes, half to the one that copies."""
    return [["info@crm.test"], ["sales@crm.test"]][number % 2]


def judge(site):
    """What the independent script says of the client's log and the database."""
    doors = site.sql("SELECT door, count(DISTINCT mail_id) FROM crm.intake GROUP BY door ORDER BY door")
    print("came in by: " + ", ".join(f"{door} {count}" for door, count in doors))
    rows = site.dir / "database.tsv"
    rows.write_text("".join("\t".join(row) + "\n" for row in site.sql(STORED)))
    return subprocess.run([sys.executable, HERE / "join.py", site.dir / "client.log", rows], check=False).returncode


def prepare(site):
    site.start_daemon()
    site.crmctl("user", "add", "ana", "--name", "Ana", "--address", "ana@crm.test", "--role", "administrator")
    return site.start_postfix()


def kill(options, fault=None):
    """kill -9 at random instants while messages arrive, and a new daemon each time."""
    environment = {"CRM_MILTER_FAULT": fault} if fault else None
    with Site(programs("faults" if fault else None), environment=environment) as site:
        port = prepare(site)
        instants = sorted(random.uniform(0.02, 0.95) * options.seconds for _ in range(options.kills))
        start = time.monotonic()

        def killer():
            for instant in instants:
                time.sleep(max(0, start + instant - time.monotonic()))
                site.kill_daemon()
                site.start_daemon(wait=False)

        thread = threading.Thread(target=killer)
        thread.start()
        log = load.Log(site.dir / "client.log")
        took = load.run(port, log, options.messages, options.sessions, options.seconds, both)
        thread.join()
        settled = site.settle()
        print(f"{options.messages} messages in {took:.1f} s, {len(instants)} times kill -9; settled after {settled:.1f} s")
        return judge(site)


def fault(options):
    """The same must fail with a build that replies before it renames."""
    found = kill(options, fault="reply-before-rename")
    print("the test finds the fault" if found else "the test does NOT find the fault")
    return 0 if found else 1


def outage(options):
    """The database is stopped under load for as long as asked, and comes back."""
    with Site(programs(), server=True) as site:
        site.crmctl("migrate")
        port = prepare(site)

        def stopper():
            time.sleep(5)
            site.stop_server()
            time.sleep(options.outage)
            site.start_server()

        thread = threading.Thread(target=stopper)
        thread.start()
        log = load.Log(site.dir / "client.log")
        load.run(port, log, options.messages, options.sessions, options.outage + 10, both)
        thread.join()
        settled = site.settle()
        print(f"{options.messages} messages, database stopped for {options.outage} s; all recorded {settled:.1f} s after load and outage ended")
        temporary = sum(1 for line in open(site.dir / "client.log") if '"code": 4' in line)
        print(f"4xx replies: {temporary}")
        return judge(site) or (1 if temporary or settled > 60 else 0)


def states(options):
    """p99 of ordinary mail while parts of us are down, beside a Postfix without a milter; inbox mail gets 250 in
    each state and is recorded afterwards."""
    count = min(options.messages, 500)
    failed = 0
    with Site(programs(), server=True) as site:
        site.crmctl("migrate")
        port = prepare(site)
        plain = site.start_postfix("plain", milter=False)

        first = itertools.count(0, count)

        def figures(name, port, to):
            path = site.dir / f"client-{name}.log"
            load.run(port, load.Log(path), count, 4, count / 100, lambda _: [to], first=next(first))
            replies = [json.loads(line) for line in open(path)]
            bad = [reply for reply in replies if reply["code"] != 250]
            waits = sorted(reply["seconds"] for reply in replies)
            return waits[len(waits) * 99 // 100], len(bad)

        base, _ = figures("without-milter", plain, "luis@crm.test")
        print(f"{'without a milter':<22} p99 {base * 1000:7.1f} ms")

        def spool(mode):
            (site.dir / "spool/tmp").chmod(mode)
            (site.dir / "spool/new").chmod(mode)

        recorded = 0
        for name, enter, leave in [
            ("all-well", lambda: None, lambda: None),
            ("daemon-stopped", site.stop_daemon, site.start_daemon),
            ("database-down", site.stop_server, site.start_server),
            ("spool-refuses", lambda: spool(0o500), lambda: spool(0o700)),
        ]:
            enter()
            p99, bad = figures(name, port, "luis@crm.test")
            inbox, refused = figures(name + "-inbox", port, "info@crm.test")
            leave()
            settled = site.settle()
            recorded = int(site.sql("SELECT count(*) FROM crm.mail")[0][0])
            late = p99 - base > 0.1
            failed |= bad or refused or late
            print(f"{name:<22} p99 {p99 * 1000:7.1f} ms{' TOO LATE' if late else ''}, not 250: {bad}; "
                  f"inbox p99 {inbox * 1000:7.1f} ms, not 250: {refused}; mails recorded after {settled:.1f} s: {recorded}")
        return 1 if failed else 0


def stop(options):
    """SIGTERM and start again, several times under load: whoever is on the line waits no longer for it than half a
    second beyond the longest wait that the same load, Postfix and daemon show without a stop."""
    calm = options.messages // 2
    with Site(programs()) as site:
        port = prepare(site)
        path = site.dir / "client.log"
        log = load.Log(path)
        load.run(port, log, calm, options.sessions, options.seconds / 2, both)
        end = threading.Event()
        stops = []

        def stopper():
            # Evenly spread, the first a little after the load began.
            while len(stops) < options.stops and not end.wait(options.seconds / (options.stops + 1)):
                start = time.monotonic()
                site.daemon.terminate()
                code = site.daemon.wait(60)
                stops.append((code, time.monotonic() - start))
                site.start_daemon(wait=False)

        thread = threading.Thread(target=stopper)
        thread.start()
        took = load.run(port, log, options.messages, options.sessions, options.seconds, both, first=calm)
        end.set()
        thread.join()
        settled = site.settle()
        waits = {"without a stop": [], "with stops": []}
        for reply in map(json.loads, open(path)):
            waits["without a stop" if reply["n"] < calm else "with stops"].append(reply["seconds"])
        print(f"{options.messages} messages in {took:.1f} s, {options.sessions} sessions; settled after {settled:.1f} s; "
              f"load of the machine {os.getloadavg()[0]:.1f}")
        print("stops: " + ", ".join(f"{seconds:.2f} s" for _, seconds in stops))
        for name, seconds in waits.items():
            seconds.sort()
            print(f"{name:<16} replies {len(seconds)}, median {seconds[len(seconds) // 2]:.3f} s, "
                  f"p99 {seconds[len(seconds) * 99 // 100]:.3f} s, longest {seconds[-1]:.3f} s")
        late = waits["with stops"][-1] > waits["without a stop"][-1] + 0.5
        unclean = len(stops) < options.stops or any(code for code, _ in stops)
        if late or unclean:
            print("a client waited TOO LONG" if late else f"stops did NOT go well: {stops}")
        return judge(site) or (1 if late or unclean else 0)


def panics(options):
    """The worker panics at every message: ordinary mail passes as ever, and inbox mail is recorded raw."""
    count = min(options.messages, 500)
    with Site(programs("faults"), environment={"CRM_MILTER_FAULT": "panic-in-worker"}) as site:
        port = prepare(site)
        log = load.Log(site.dir / "client.log")
        load.run(port, log, count, options.sessions, count / 100, lambda _: ["luis@crm.test"])
        load.run(port, log, count, options.sessions, count / 100, both, first=count)
        site.settle()
        refused = sum(1 for line in open(site.dir / "client.log") if '"code": 250' not in line)
        raw = int(site.sql("SELECT count(*) FROM crm.mail JOIN crm.mail_raw ON mail_id = id WHERE unparsed IS NOT NULL")[0][0])
        print(f"{2 * count} messages, not 250: {refused}; to inboxes: {count}, recorded raw: {raw}")
        return 1 if refused or raw != count else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("test", choices=["kill", "fault", "stop", "outage", "states", "panics", "outbox"])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--kills", type=int, default=None)
    parser.add_argument("--stops", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", type=float, default=300)
    parser.add_argument("--outage", type=float, default=60)
    options = parser.parse_args()
    if options.kills is None:
        options.kills = 100 if options.test == "outbox" else 20
    return {"kill": kill, "fault": fault, "stop": stop, "outage": outage, "states": states, "panics": panics, "outbox": outbox.run}[options.test](options)


if __name__ == "__main__":
    sys.exit(main())
