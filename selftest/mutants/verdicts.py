# SPDX-License-Identifier: BSD-2-Clause
"""
What records of runs say of a mutant. A record is one run of a configuration, or the end of a host:

  {"mutant": NAME, "configuration": C, "tests": {TEST: VERDICT}, "end": E, "status": S, "seconds": T, "boot": B}
  {"mutant": NAME, "configuration": C, "host": TEXT, "boot": B}       the host died, hung or oopsed in it
  {"mutant": NAME, "warned": TEXT, ...}                               the host's kernel complained
  {"mutant": NAME, "unloadable": TEXT, ...}                           KVM does not load

The mutant "" is none: the module with mutant=0. What it does is what is expected; what it fails is known, and detects
nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

BAD = ("fail", "error")
HANGS = 2  # of a host, until they are the mutant's: one may have been the emulator's fault
ENDS = 4  # of VMs that did not come to the end of the tests, until no other is tried


def read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:  # the last one of a run that was killed
            continue
    return records


class Expected:
    """What the unmodified rebuild does in a configuration: the verdicts that a test has had there."""

    def __init__(self, records: Iterable[dict]):
        self.verdicts: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.ends: dict[str, set[str]] = defaultdict(set)
        self.configurations: dict[str, int] = defaultdict(int)
        for record in records:
            if record["mutant"] == "" and "tests" in record:
                self.configurations[record["configuration"]] += 1
                self.ends[record["configuration"]].add(record["end"])
                for test, verdict in record["tests"].items():
                    self.verdicts[record["configuration"], test].add(verdict)

    def failed(self, record: dict) -> list[str]:
        """Tests of a record that have only failed where there is a mutant."""
        return [test for test, verdict in record.get("tests", {}).items()
                if verdict == "fail" and not self.seen(record, test) & set(BAD)]

    def failing(self) -> list[tuple[str, str]]:
        """Configurations and tests that have failed without a mutant."""
        return sorted(key for key, seen in self.verdicts.items() if seen & set(BAD))

    def seen(self, record: dict, test: str) -> set[str]:
        return self.verdicts.get((record["configuration"], test), set())

    def differs(self, record: dict) -> list[str]:
        """Tests that end otherwise than they ever did without a mutant, or are missing."""
        known = {test for configuration, test in self.verdicts if configuration == record["configuration"]}
        tests = record.get("tests", {})
        return sorted(test for test in known | set(tests) if tests.get(test) not in self.seen(record, test))


def host_died(records: list[dict]) -> bool:
    """For good: its kernel said so itself, or hung again."""
    hosts = [record for record in records if "host" in record]
    return len(hosts) >= HANGS or any("configuration" not in record for record in hosts)


def ended(records: list[dict], expected: Expected) -> list[str]:
    """How VMs ended that did not end so without a mutant: also by a reset or a power-off in the middle of a test."""
    ends = []
    for record in records:
        if "tests" in record:
            if record["end"] not in {"exit"} | expected.ends[record["configuration"]]:
                ends.append(record["end"] or "nothing")
            elif any(verdict == "error" and not expected.seen(record, test) & set(BAD)
                     for test, verdict in record["tests"].items()):
                ends.append("in a test")
    return ends


def is_hopeless(records: list[dict], expected: Expected) -> bool:
    """Does nothing run long enough for tests?"""
    return (host_died(records) or any("unloadable" in record for record in records)
            or len(ended(records, expected)) >= ENDS)


def judge(records: list[dict], expected: Expected) -> dict:
    """Of all records of one mutant: its verdict, and by what."""
    failed: dict[str, list[str]] = {}
    differs: set[str] = set()
    for record in records:
        if "tests" in record and record["configuration"] in expected.configurations:
            if tests := expected.failed(record):
                failed[record["configuration"]] = tests
            differs |= set(expected.differs(record))
    hosts = [record for record in records if "host" in record]
    ends = sorted(set(ended(records, expected)))
    if failed:
        verdict = "detected"
    elif any("unloadable" in record for record in records):
        verdict = "does not load"
    elif host_died(records):
        verdict = "host died"
    elif ends:
        verdict = "guest died"
    elif any("warned" in record for record in records):
        verdict = "host complained"
    elif differs:
        verdict = "differs"
    else:
        verdict = "survived"
    return {"verdict": verdict, "failed": failed, "differs": sorted(differs), "ended": ends,
            "configurations": [record["configuration"] for record in records if "tests" in record],
            "host": hosts[-1]["host"] if hosts else ""}


def by_mutant(path: Path) -> dict[str, list[dict]]:
    records: dict[str, list[dict]] = defaultdict(list)
    for record in read(path):
        records[record["mutant"]].append(record)
    return records


def of_file(path: Path) -> dict[str, dict]:
    """Judgements of all mutants that ran."""
    records = by_mutant(path)
    expected = Expected(records[""])
    return {name: judge(own, expected) for name, own in records.items() if name}


def is_about(test: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(test, pattern) for pattern in patterns)
