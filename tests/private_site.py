"""A private site for the crash tests and the figures: daemon, database, Postfix, all in one directory.

Used by tests/kill and tests/bench, which run as root. Nothing of the system's own services is touched; what is
started here is stopped here, by process id.
"""

import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
USER = "nobody"

CONFIG = """\
socket = "unix:{dir}/run/milter.sock"
spool = "{dir}/spool"
user = "{user}"
recipient_delimiter = "+"

[company]
name = "ACME"
domains = ["crm.test"]
default_region = "ES"
language = "es"

[log]
target = "stderr"
level = "info"

[ceilings]
client_per_hour = 1000000
source_per_hour = 1000000

[database]
url = "{url}"
data_directory = "{dir}/database/cluster"
socket_directory = "{dir}/run/postgresql"

[outbox]
port = {outbox_port}
timeout_seconds = 5

[[inbox]]
key = "info"
address = "info@crm.test"
kind = "leads"
name = "Web"
original = "consume"
assigned_to = "ana"

[[inbox]]
key = "sales"
address = "sales@crm.test"
kind = "leads"
name = "Sales"
original = "copy"
copy_to = "ana@crm.test"
assigned_to = "ana"
"""

# Everything that the milter can be asked to do while a client is on the line.
EVERYTHING = """
[authority]
authserv_id = "mx.crm.test"

[block]
outgoing = "notify"

[spam]
markers = [{ field = "X-Spam-Flag", value = "YES" }]

[[capture]]
key = "everybody"
direction = "both"
contacts = "known"
never_domains = ["doctors.test"]

[[inbox]]
key = "assistant"
address = "assistant@crm.test"
kind = "assistant"
name = "Assistant"
unknown_code = "refuse"
"""


def programs(features=None, profile="debug"):
    """Builds crm-milter and crmctl and returns the folder that holds them."""
    command = ["cargo", "build", "--locked", "--bins", "--quiet"]
    if features:
        command += ["--features", features]
    if profile == "release":
        command += ["--release"]
    subprocess.run(command, check=True, cwd=ROOT)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / profile


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Ended(SystemExit):
    """By a signal."""


def end(number, _):
    raise Ended(128 + number)


class Site:
    """Directory, daemon and database. A context: what runs is stopped at its end."""

    def __init__(self, bins, base="/tmp", server=False, environment=None):
        # What we started ends with us, whatever signal that can be caught ends us.
        for number in ENDING:
            signal.signal(number, end)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="crm-", dir=base))
        self.dir.chmod(0o755)
        self.environment = {**os.environ, **(environment or {})}
        self.daemon = None
        self.postfixes = []
        for program in ("crm-milter", "crmctl"):
            (self.dir / "bin").mkdir(exist_ok=True)
            shutil.copy(bins / program, self.dir / "bin" / program)
        self.folder("run", 0o2750, group="postfix")
        self.folder("spool", 0o700)
        self.folder("database", 0o700)
        self.server = None
        url = ""
        if server:
            try:
                self.make_server()
            except BaseException:
                self.__exit__(*sys.exc_info())
                raise
            url = f"postgresql://crm@{str(self.dir / 'database').replace('/', '%2F')}/postgres"
        self.config = self.dir / "crm-milter.toml"
        # One that the kernel gives to nobody who does not name it.
        self.outbox_port = random.randrange(20_000, 32_000)
        self.config.write_text(CONFIG.format(dir=self.dir, user=USER, url=url, outbox_port=self.outbox_port))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        for home in self.postfixes:
            subprocess.run([ROOT / "packaging/postfix.sh", "stop", home], check=False)
        self.stop_daemon()
        if (self.dir / "database/data/postmaster.pid").exists():
            self.stop_server()
        if failure[0] in (None, Ended) and not os.environ.get("CRM_TEST_KEEP"):
            shutil.rmtree(self.dir)
        else:
            print(f"kept: {self.dir}")

    def folder(self, name, mode, group="nogroup"):
        path = self.dir / name
        path.mkdir()
        shutil.chown(path, USER, group)
        path.chmod(mode)

    # --- the daemon

    def start_daemon(self, wait=True):
        """Starts it; with `wait`, returns when it takes mail (READY=1 in the manner of sd_notify(3)) and has its
        database."""
        log_before = (self.dir / "daemon.log").stat().st_size if (self.dir / "daemon.log").exists() else 0
        name = f"crm-site-{os.getpid()}-{time.monotonic_ns()}"
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind("\0" + name)
        with open(self.dir / "daemon.log", "ab") as log:
            self.daemon = subprocess.Popen(
                [self.dir / "bin/crm-milter", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**self.environment, "NOTIFY_SOCKET": "@" + name},
            )
        limit = time.monotonic() + 60
        ready = False
        while wait:
            said, _, _ = select.select([notify], [], [], 0.1)
            ready = ready or said and b"READY=1" in notify.recv(4096)
            if ready and "the database is ready" in (self.dir / "daemon.log").read_text()[log_before:]:
                break
            if self.daemon.poll() is not None or time.monotonic() > limit:
                raise SystemExit((self.dir / "daemon.log").read_text() + "\nthe daemon did not become ready")
        notify.close()

    def add_blocks(self, count, scope):
        """So many blocked addresses, past crmctl; returns when the daemon has them all."""
        self.sql("INSERT INTO crm.block (id, kind, value, scope, created_by) SELECT gen_random_uuid(), 'address', "
                 f"'u' || n || '@blocked' || n % 1000 || '.test', '{scope}', 'figures' FROM generate_series(1, {count}) n")
        limit = time.monotonic() + 300
        while f"{count} blocks in force" not in (self.dir / "daemon.log").read_text():
            if time.monotonic() > limit:
                raise SystemExit(f"the daemon does not have its {count} blocks after 300 s")
            time.sleep(0.2)

    def kill_daemon(self):
        """kill -9."""
        self.daemon.kill()
        self.daemon.wait()

    def stop_daemon(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(20)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()

    def crmctl(self, *words):
        command = [self.dir / "bin/crmctl", "--config", self.config, "--json", *words]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{command}: {done.returncode}\n{done.stderr.decode()}")
        return json.loads(done.stdout or b"null")

    def spooled(self):
        """How many messages wait in the spool."""
        return len(os.listdir(self.dir / "spool/new"))

    # --- a database server of its own, for the tests that stop it

    def make_server(self):
        self.bindir = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        data = self.dir / "database/data"
        self.as_user([self.bindir / "initdb", "-D", data, "-U", "crm", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust"])
        with open(data / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.dir}/database'\n")
        self.start_server()

    def start_server(self):
        data = self.dir / "database/data"
        self.as_user([self.bindir / "pg_ctl", "-D", data, "-w", "-l", data / "log", "start"])
        self.server = int((data / "postmaster.pid").read_text().split()[0])

    def stop_server(self):
        self.as_user([self.bindir / "pg_ctl", "-D", self.dir / "database/data", "-m", "immediate", "-w", "stop"])
        self.server = None

    def as_user(self, command):
        # To its end: a server that is half made or half started could not be stopped.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            subprocess.run(["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", *command],
                           check=True, capture_output=True, cwd="/")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def sql(self, statement):
        """Rows of a query, through psql and past all of our own code."""
        host, user, name = self.dir / "run/postgresql", "crm_superuser", "crm"
        if self.server or "postgresql://" in self.config.read_text():
            host, user, name = self.dir / "database", "crm", "postgres"
        done = subprocess.run(["psql", "-XAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", user, "-d", name, "-c", statement],
                              check=True, capture_output=True, cwd="/")
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    # --- Postfix

    def start_postfix(self, name="postfix", milter=True, socket_path=None, extra="", base=None):
        """A private Postfix; returns its port. `socket_path`: another milter instead of ours."""
        home = pathlib.Path(base or self.dir) / name
        home.mkdir()
        (home / "mailboxes").write_text("ana@crm.test\nluis@crm.test\n")
        (home / "extra.cf").write_text(extra)
        if milter:
            lines = self.crmctl("postfix")
            if socket_path:
                lines["main_cf"] = lines["main_cf"].replace(f"{self.dir}/run/milter.sock", socket_path)
            (home / "lines.json").write_text(json.dumps(lines))
        done = subprocess.run([ROOT / "packaging/postfix.sh", "start", home], check=True, capture_output=True)
        self.postfixes.append(home)
        return int(done.stdout)

    def queued(self):
        """How many messages wait in the queues of all our Postfix instances; they are tried again at once."""
        total = 0
        for home in self.postfixes:
            subprocess.run(["postqueue", "-c", home / "etc", "-f"], check=False)
            done = subprocess.run(["postqueue", "-c", home / "etc", "-j"], check=True, capture_output=True)
            total += len(done.stdout.splitlines())
        return total

    def settle(self, limit=180):
        """Waits until nothing is under way any more; returns how long that took."""
        start = time.monotonic()
        while self.queued() or self.spooled():
            if time.monotonic() - start > limit:
                raise SystemExit(f"after {limit} s still {self.queued()} in the queue, {self.spooled()} in the spool")
            time.sleep(0.5)
        return time.monotonic() - start
