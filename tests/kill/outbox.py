#!/usr/bin/env python3
"""kill -9 of the daemon while it sends: nothing is lost, and what comes twice is the same message, no more often than
the daemon was killed and only where the server had answered 250. See run.sh."""

import collections
import random
import socket
import threading
import time

from private_site import Site, programs

INSERT = """
INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message)
SELECT id, 'notice', '', 'u' || n || '@d' || n % 400 || '.test', '<' || id || '@crm.test>', 'Mail ' || n,
    jsonb_build_object('text', 'Number ' || n)
FROM (SELECT n, gen_random_uuid() AS id FROM generate_series({first}, {last}) n) made
"""
STALL = 2.0


class Sink:
    """An SMTP server that fails by a fixed share of its answers, each message at most once for each kind."""

    def __init__(self, port):
        self.lock = threading.Lock()
        self.taken = collections.Counter()
        self.bodies = collections.defaultdict(set)
        self.refused = set()
        self.faults = collections.Counter()
        self.dice = random.Random(2026)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.session, args=(client,), daemon=True).start()

    def roll(self, step):
        """What goes wrong at this step: nothing, most of the time."""
        with self.lock:
            dice = self.dice.random()
            kind = next((kind for share, kind in ((0.004, "stall"), (0.012, "close"), (0.022, "4xx"), (0.027, "5xx"))
                         if dice < share), None)
            if kind == "5xx" and step != "RCPT":
                kind = None
            if kind:
                self.faults[kind] += 1
            return kind

    def session(self, client):
        try:
            with client, client.makefile("rb") as lines:
                self.talk(client, lines)
        except OSError:
            pass

    def talk(self, client, lines):
        say = lambda text: client.sendall(text.encode() + b"\r\n")  # noqa: E731
        say("220 sink ESMTP")
        recipient = ""
        while line := lines.readline():
            verb = line[:4].upper().decode("ascii", "replace")
            if verb == "EHLO":
                say("250 sink")
                continue
            if verb == "QUIT":
                return say("221 bye")
            if verb in ("MAIL", "RCPT", "DATA"):
                if verb == "RCPT":
                    recipient = line.decode().split("<")[1].split(">")[0]
                fault = self.roll(verb)
                if fault == "stall":
                    time.sleep(STALL)
                    return None
                if fault == "close":
                    return None
                if fault == "4xx":
                    say("451 4.3.0 not now")
                    continue
                if fault == "5xx":
                    with self.lock:
                        self.refused.add(recipient)
                    say("550 5.1.1 nobody of that name")
                    continue
            if verb != "DATA":
                say("250 2.0.0 Ok")
                continue
            say("354 go on")
            message = b""
            while (line := lines.readline()) != b".\r\n":
                if not line:
                    return None
                message += line
            fault = self.roll("END")
            if fault == "stall":
                time.sleep(STALL)
                return None
            if fault == "close":
                return None
            if fault == "4xx":
                say("451 4.3.0 not now")
                continue
            name = message.split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()
            with self.lock:
                # Counted before it is said: who dies in between has been answered as far as we know.
                self.taken[name] += 1
                self.bodies[name].add(message)
            say(f"250 2.0.0 Ok: queued as {name[1:9]}")
        return None


def run(options):
    # A database that outlives the daemon: starting one a hundred times would be most of it.
    with Site(programs(), server=True) as site:
        site.crmctl("migrate")
        config = site.config.read_text().replace("timeout_seconds = 5", "timeout_seconds = 1\ndomain_per_minute = 100000")
        site.config.write_text(config)
        sink = Sink(site.outbox_port)
        site.start_daemon()
        start, kills = time.monotonic(), 0
        portion = max(1, options.messages // max(1, options.kills))
        first = 1
        while first <= options.messages or kills < options.kills:
            if first <= options.messages:
                last = min(options.messages, first + portion - 1)
                site.sql(INSERT.format(first=first, last=last))
                first = last + 1
            if kills < options.kills:
                # Somewhere in the middle of what was just put in.
                goal = sum(sink.taken.values()) + random.randrange(0, portion)
                limit = time.monotonic() + random.uniform(0.05, 0.8)
                while sum(sink.taken.values()) < goal and time.monotonic() < limit:
                    time.sleep(0.001)
                time.sleep(random.uniform(0, 0.02))
                site.kill_daemon()
                kills += 1
                site.start_daemon(wait=False)
                # What the dead one had in hand, and what waits for another attempt, comes up after a minute or so:
                # that is tested elsewhere, and would only make this longer.
                if kills % 10 == 0:
                    hurry(site)
        deadline = time.monotonic() + options.limit
        while waiting(site) and time.monotonic() < deadline:
            hurry(site)
            time.sleep(1)
        return judge(site, sink, options, kills, time.monotonic() - start)


def hurry(site):
    for _ in range(100):
        try:
            return site.sql("UPDATE crm.outbox SET next_at = now(), leased_until = least(leased_until, now()) "
                            "WHERE state = 'queued' AND (leased_until IS NULL OR leased_until < now() + interval '29 s'); "
                            "NOTIFY crm_outbox")
        except Exception:  # noqa: BLE001: the database is being started
            time.sleep(0.2)
    raise SystemExit("the database does not come back")


def waiting(site):
    try:
        return int(site.sql("SELECT count(*) FROM crm.outbox WHERE state = 'queued'")[0][0])
    except Exception:  # noqa: BLE001: the database is being started
        return -1


def judge(site, sink, options, kills, took):
    rows = site.sql("SELECT message_id, state, coalesce(error, ''), rcpt_to FROM crm.outbox")
    states = collections.Counter(state for _, state, *_ in rows)
    unsent = [name for name, state, *_ in rows if state == "sent" and not sink.taken[name]]
    lost = [name for name, state, error, to in rows
            if state not in ("sent", "dead") or (state == "dead" and to not in sink.refused)]
    twice = sum(count - 1 for count in sink.taken.values() if count > 1)
    changed = [name for name, bodies in sink.bodies.items() if len(bodies) > 1]
    print(f"{len(rows)} mails in {took:.0f} s, {kills} times kill -9; the server failed: "
          + ", ".join(f"{kind} {count}" for kind, count in sorted(sink.faults.items())))
    print("states: " + ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    print(f"lost {len(lost)}, sent without the server's word {len(unsent)}, "
          f"twice {twice} (at most {kills}), not the same message {len(changed)}")
    bad = len(rows) != options.messages or lost or unsent or changed or twice > kills
    print("BROKEN" if bad else "kept")
    return 1 if bad else 0
