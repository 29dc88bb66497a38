"""A load of numbered messages from several sessions, and a log of every reply that is on disk before the next
command is sent. Each 4xx and each broken connection is tried again, as a real client would; no reply is believed
that is not in the log."""

import json
import os
import socket
import threading
import time


class Log:
    """One JSON object to a line: number, try, code, text, seconds from MAIL to the reply."""

    def __init__(self, path):
        self.file = open(path, "ab")
        self.lock = threading.Lock()

    def note(self, **fields):
        with self.lock:
            self.file.write(json.dumps(fields).encode() + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())


class Session:
    """SMTP sessions of a few messages each; says 0 for a connection that broke.

    A session in which the milter died goes on without it, and what it sends comes in by the door: one that lasted
    for ever would soon test nothing but the door."""

    MESSAGES = 4

    def __init__(self, port):
        self.port = port
        self.stream = None
        self.sent = 0

    def open(self):
        if self.sent >= self.MESSAGES:
            self.close()
        self.sent += 1
        if self.stream is None:
            self.sent = 1
            self.stream = socket.create_connection(("127.0.0.1", self.port), timeout=120)
            self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.stream.makefile("rb")
            for command in (None, "EHLO load.test", "XCLIENT ADDR=203.0.113.9 NAME=[UNAVAILABLE]", "EHLO load.test"):
                if command:
                    self.stream.sendall(command.encode() + b"\r\n")
                code, text = self.reply()
                if code // 100 != 2:
                    raise OSError(f"{command}: {code} {text}")

    def reply(self):
        text = ""
        while True:
            line = self.file.readline().decode("utf-8", "replace")
            if len(line) < 4:
                raise OSError("connection closed")
            text += line[4:].rstrip() + " "
            if line[3] == " ":
                return int(line[:3]), text.strip()

    def command(self, line):
        self.stream.sendall(line.encode() + b"\r\n")
        return self.reply()

    def send(self, sender, recipients, message):
        """The reply that decides: (code, text)."""
        try:
            self.open()
            code, text = self.command(f"MAIL FROM:<{sender}>")
            for recipient in recipients:
                if code // 100 == 2:
                    code, text = self.command(f"RCPT TO:<{recipient}>")
            if code // 100 == 2:
                code, text = self.command("DATA")
            if code == 354:
                self.stream.sendall(message + b"\r\n.\r\n")
                code, text = self.reply()
            elif code // 100 != 2:
                self.command("RSET")
            return code, text
        except OSError as error:
            self.close()
            return 0, str(error)

    def close(self):
        if self.stream:
            self.file.close()
            self.stream.close()
            self.stream = None


def message(number, recipient):
    """A lead's mail. One sender in ten has written before."""
    return (
        f"From: Customer {number % 200} <c{number % 200}@client.test>\r\n"
        f"To: {recipient}\r\nSubject: request {number}\r\n"
        f"Message-ID: <{number}@load.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n"
        f"Please tell me more about number {number}.\r\n" + "Regards. " * 300
    ).encode()


def run(port, log, count, sessions, seconds, recipients, patience=180, first=0):
    """Sends `count` messages, numbered from `first`, from `sessions` sessions, spread over `seconds`.
    `recipients(number)` names who gets each. Returns when every one got 250 or 5xx; raises if one was put off
    for longer than `patience`."""
    start = time.monotonic()
    numbers = iter(range(first, first + count))
    lock = threading.Lock()
    failures = []

    def work():
        session = Session(port)
        while not failures:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            due = start + seconds * (number - first) / count
            time.sleep(max(0, due - time.monotonic()))
            to = recipients(number)
            content = message(number, to[0])
            began = time.monotonic()
            tries = 0
            while True:
                tries += 1
                asked = time.monotonic()
                code, text = session.send(f"c{number % 200}@client.test", to, content)
                log.note(n=number, attempt=tries, code=code, text=text, seconds=round(time.monotonic() - asked, 4))
                if code == 250 or code >= 500:
                    break
                if time.monotonic() - began > patience:
                    failures.append(f"message {number} was put off for {patience} s: {code} {text}")
                    break
                time.sleep(0.05)
        session.close()

    threads = [threading.Thread(target=work) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    return time.monotonic() - start
