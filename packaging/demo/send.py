#!/usr/bin/env python3
"""Sends one message by SMTP to a Postfix on this machine, as anybody.

usage: send.py [--port N] [--login L] [--client ADDRESS] FROM TO... < message

The message is sent as it stands on standard input. Prints every reply; status 1 if any recipient or the message
was refused. As a library: send().
"""

import argparse
import smtplib
import sys


def send(port, sender, recipients, message, login=None, client="203.0.113.9"):
    """Returns a list of (what, code, text), one for each command that matters."""
    replies = []

    def note(what, reply):
        code, text = reply
        replies.append((what, code, text.decode("utf-8", "replace").replace("\n", " ")))
        return code

    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        smtp.ehlo("client.example")
        who = f"XCLIENT ADDR={client} NAME=[UNAVAILABLE]" + (f" LOGIN={login}" if login else "")
        code, text = smtp.docmd(who)
        if code != 220:
            raise SystemExit(f"send.py: {code} {text.decode()}")
        smtp.ehlo("client.example")
        note("MAIL", smtp.docmd(f"MAIL FROM:<{sender}>"))
        good = [note(f"RCPT {to}", smtp.docmd(f"RCPT TO:<{to}>")) == 250 for to in recipients]
        if any(good):
            note("message", smtp.data(message))
        else:
            smtp.rset()
    return replies


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--login", help="the login of a colleague")
    parser.add_argument("--client", default="203.0.113.9", help="the address that the client has")
    parser.add_argument("sender")
    parser.add_argument("recipient", nargs="+")
    options = parser.parse_args()
    replies = send(options.port, options.sender, options.recipient, sys.stdin.buffer.read(), options.login, options.client)
    for what, code, text in replies:
        print(f"{what}: {code} {text}")
    return 0 if all(code in (250, 354) for _, code, _ in replies) else 1


if __name__ == "__main__":
    sys.exit(main())
