#!/usr/bin/env python3
"""Sends the demo's messages and shows what came of each: the SMTP replies, the CRM's rows, what was delivered.

usage: show.py DEMO MAIL milter|door-send|door-show

DEMO is the running demo's directory, MAIL the folder of the messages. Called by packaging/demo.sh.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

from send import send

SHORT = "/run/crm-milter-demo"

# File, what it is, envelope sender, recipients, login.
MESSAGES = [
    ("1-form.eml", "A web form of the company's own site", "web@crm.test", ["info@crm.test"], None),
    ("2-bcc.eml", "A colleague writes to a customer, the assistant in BCC", "ana@crm.test", ["eva@cliente.test", "log@crm.test"], "ana"),
    ("3-forward.eml", "A colleague forwards a stranger's mail to the assistant", "ana@crm.test", ["log@crm.test"], "ana"),
    ("4-ticket.eml", "A customer asks for help", "eva@cliente.test", ["soporte@crm.test"], None),
    ("5-blocked.eml", "Somebody from a blocked domain", "ofertas@pesado.test", ["info@crm.test"], None),
    ("6-ordinary.eml", "Ordinary mail, nothing to do with the CRM", "eva@cliente.test", ["luis@crm.test"], None),
    ("7-door.eml", "A new customer writes while crm-milter is stopped", "pablo@nuevo.test", ["info@crm.test"], None),
]


class Demo:
    def __init__(self, demo, mail):
        self.demo = pathlib.Path(demo)
        self.mail = pathlib.Path(mail)
        self.port = int((self.demo / "postfix/port").read_text())

    def crmctl(self, *words):
        command = [f"{SHORT}/bin/crmctl", "--config", f"{SHORT}/crm-milter.toml", "--json", *words]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def intakes(self, queue_id):
        return [intake for intake in self.crmctl("intake", "list") if intake["queue_id"] == queue_id]

    def wait(self, what, found):
        """Looks again whenever a tenth of a second is over, for at most half a minute."""
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            result = found()
            if result:
                return result
            time.sleep(0.1)
        raise SystemExit(f"demo: waited in vain for {what}; see {self.demo}/daemon.log and {self.demo}/postfix/log")

    def delivered(self):
        """Address and file of everything that lies in a mailbox."""
        found = set()
        for path in (self.demo / "postfix/mail").glob("**/new/*"):
            for line in path.read_bytes().decode("utf-8", "replace").splitlines():
                if line.startswith("Delivered-To: "):
                    found.add((line.removeprefix("Delivered-To: "), str(path)))
                    break
        return found

    def removed(self, queue_id):
        """Whether Postfix is through with a message; one that was consumed leaves no such line."""
        return f" {queue_id}: removed" in (self.demo / "postfix/log").read_text()

    def send(self, message):
        file, _, sender, recipients, login = message
        return send(self.port, sender, recipients, (self.mail / file).read_bytes(), login)

    def show(self, number, message, replies, before):
        _, title, sender, recipients, login = message
        print(f"\n \033[1m{number}. {title}\033[0m")
        row("from", sender + (f" (logged in as {login})" if login else ""))
        row("to", ", ".join(recipients))
        code, text = replies[-1][1:]
        row("SMTP", f"{code} {text}")
        queue_id = text.rsplit("queued as ", 1)[-1] if "queued as" in text else None
        ours = queue_id and any(to.split("@")[0] in ("info", "log", "soporte") for to in recipients)
        rows = self.wait(f"message {number} in the CRM", lambda: self.intakes(queue_id)) if ours else []
        for intake in rows:
            self.show_intake(intake)
        if not rows:
            row("CRM", "nothing: refused on the line" if code >= 500 else "nothing")
        others = [to for to in recipients if to.split("@")[0] not in ("info", "log")]
        if queue_id and others:
            self.wait(f"message {number} delivered", lambda: self.removed(queue_id))
        arrived = sorted(address for address, _ in self.delivered() - before)
        row("delivered", ", ".join(arrived) or "to nobody")

    def show_intake(self, intake):
        row("CRM", f"{intake['inbox']}: {intake['outcome']}" + (f" ({intake['reason']})" if intake.get("reason") else ""))
        if intake["mail_id"]:
            for link in self.crmctl("mail", "show", intake["mail_id"])["stands_on"]:
                code = "" if link["code"] == link["title"] else link["code"] + " "
                row("", f"{link['kind']} {code}{link['title']}")


def row(head, text):
    print(f"    {head:<10} {text}")


def main():
    demo = Demo(sys.argv[1], sys.argv[2])
    step = sys.argv[3]
    kept = demo.demo / "door.json"
    if step == "milter":
        for number, message in enumerate(MESSAGES[:-1], 1):
            before = demo.delivered()
            demo.show(number, message, demo.send(message), before)
    elif step == "door-send":
        replies = demo.send(MESSAGES[-1])
        kept.write_text(json.dumps(replies))
    else:
        demo.show(len(MESSAGES), MESSAGES[-1], json.loads(kept.read_text()), demo.delivered())


if __name__ == "__main__":
    main()
