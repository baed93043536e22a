# SPDX-License-Identifier: BSD-2-Clause
"""What a run of mutants says to people: a line for each mutant whose verdict stands, and the sum."""

from collections import Counter

import verdicts


def say(text: str) -> None:
    print(f"mutants: {text}", flush=True)


def detail(judgement: dict) -> str:
    """What a verdict rests on."""
    if judgement["failed"]:
        configuration, tests = next(iter(judgement["failed"].items()))
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        return f"detected by {tests[0]}{more} ({configuration})"
    if judgement["verdict"] in ("host died", "does not load"):
        return f"{judgement['verdict']}: {judgement['host']}"
    if judgement["verdict"] == "guest died":
        return f"guest died: the VM's end was {', '.join(judgement['ended'])}"
    return f"{judgement['verdict']} in {', '.join(judgement['configurations'])}"


class Progress:
    """Of some mutants, of which others than this run may have finished a part."""

    def __init__(self, names: list[str]):
        self.left = dict.fromkeys(names)
        self.count = len(names)

    def begin(self, finished: list[str]) -> None:
        for name in finished:
            del self.left[name]
        say(f"{self.count} to run" + (f"; {len(finished)} of them have been run" if finished else ""))

    def finished(self, name: str, judgement: dict) -> None:
        if name in self.left:
            del self.left[name]
            say(f"{self.count - len(self.left)} of {self.count}: {name}: {detail(judgement)}")


def say_sum(judged: dict[str, dict], expected: verdicts.Expected) -> None:
    """Of the mutants that ran, and of the run without one."""
    counts = Counter(judgement["verdict"] for judgement in judged.values())
    others = "".join(f", {count} {verdict}" for verdict, count in sorted(counts.items()) if verdict != "detected")
    say(f"{len(judged)} run: {counts['detected']} detected{others}")
    for name, judgement in judged.items():
        if not judgement["failed"]:
            say(f"NOT DETECTED: {name}: {detail(judgement)}")
    for configuration, test in expected.failing():
        say(f"FAILS WITHOUT A MUTANT: {test} ({configuration})")
