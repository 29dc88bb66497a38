#!/usr/bin/env python3
"""Joins the client's log with the database: every message that got 250 must be there exactly once.

usage: join.py CLIENT.LOG DATABASE.TSV

CLIENT.LOG is load.py's; DATABASE.TSV holds, for every stored mail, its Message-ID as sent and how often it is
there, as psql printed them. Knows nothing of crm-milter's code. Status 1 if anything is missing or there twice.
"""

import collections
import json
import re
import sys


def main():
    codes = collections.defaultdict(list)
    with open(sys.argv[1]) as log:
        for line in log:
            reply = json.loads(line)
            codes[reply["n"]].append(reply["code"])
    stored = collections.Counter()
    with open(sys.argv[2]) as rows:
        for row in rows:
            name, count = row.rstrip("\n").rsplit("\t", 1)
            number = re.fullmatch(r"<?(\d+)@load\.test>?", name)
            if number:
                stored[int(number[1])] += int(count)
    acknowledged = {n for n, seen in codes.items() if 250 in seen}
    lost = sorted(n for n in acknowledged if stored[n] == 0)
    twice = sorted(n for n in stored if stored[n] > 1)
    unsent = sorted(n for n in stored if n not in codes)
    refused = sorted(n for n, seen in codes.items() if any(code >= 500 for code in seen))
    replies = collections.Counter(code for seen in codes.values() for code in seen)
    print("replies: " + ", ".join(f"{code or 'broken'} {count}" for code, count in sorted(replies.items())))
    print(f"acknowledged: {len(acknowledged)}; stored: {len(stored)}; "
          f"lost: {len(lost)}; twice: {len(twice)}; never sent: {len(unsent)}; refused: {len(refused)}")
    for what, numbers in (("lost", lost), ("twice", twice), ("never sent", unsent), ("refused", refused)):
        if numbers:
            print(f"{what}: {numbers[:20]}")
    return 1 if lost or twice or unsent or refused else 0


if __name__ == "__main__":
    sys.exit(main())
