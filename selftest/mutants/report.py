# SPDX-License-Identifier: BSD-2-Clause
"""docs/mutation.md, from the records of runs, reasons.tsv and idle.tsv."""

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

import build
import verdicts
from generate import HERE, Mutant, all_mutants, changed_line, listed, table
from reasons import KINDS, MISSED, Reasons, idle
from scores import Score, Scores, scores
from scores import table as score_table

PLANTED = "A defect of [selftest/defects](../selftest/defects/README.md) is there for it"
KIND_TITLES = {
    "equivalent": "Equivalent: KVM does the same with them",
    "invisible": "Invisible: what differs is nothing that a guest or a VMM is promised",
    "hardware": "Hardware: the emulated host has nothing that would show it",
    "missed": "Missed: a guest could see it",
    "open": "Open: there are configurations to run",
}


def write(tree: Path, results: Path, out: TextIO) -> None:
    manifest = build.read_manifest(tree)
    records = verdicts.by_mutant(results)
    expected = verdicts.Expected(records[""])
    known, reasons = manifest["mutants"], Reasons()
    judged = {name: judgement for name, judgement in verdicts.of_file(results).items() if name in known}
    made = scores(known, judged, reasons)
    day = datetime.fromtimestamp(results.stat().st_mtime, timezone.utc).date().isoformat()
    _introduction(out, manifest, made.total, day, sum(expected.configurations.values()))
    _tables(out, made)
    mutants = {mutant.name: mutant for mutant in all_mutants(build.originals(tree), listed())}
    _survivors(out, _Changes(tree, mutants), judged, made, reasons)
    _dead(out, records, made)
    _idle_tests(out, judged, expected)


def headline(total: Score, kernel: str, day: str) -> str:
    left = f" {total.fates['open']} of them have not been run in all configurations yet." if total.fates["open"] else ""
    return textwrap.fill(
        f"Of {total.visible()} mutants of KVM in Linux {kernel} that a guest could see, a failing check detects "
        f"{total.fates['detected']} ({total.share(total.fates['detected'])}), and for {total.own} "
        f"({total.share(total.own)}) it is a check of the feature that was broken ({day}).{left}", 120)


def _introduction(out: TextIO, manifest: dict, total: Score, day: str, unharmed: int) -> None:
    made, wrong, equal = manifest["generated"], len(manifest["not compiled"]), len(manifest["equal"])
    print(f"""# Which broken KVMs the tests notice

{headline(total, manifest["kernel"], day)}

Each mutant is KVM with one change on one line of a function that implements a PV feature, on an emulated AMD host:
[selftest/mutants](../selftest/mutants/README.md) makes and runs them, and `make mutants-report` makes this page.
{made} were made. {wrong} do not compile, and the compiler makes the same code of {equal} as of the original or of
another one. Of the other {len(manifest["mutants"])}, {total.fates.total()} have been run. The module without a mutant
ran {unharmed} configurations.

- detected: a check fails that passes without the mutant. By own tests: one about the feature that the function is
  listed for.
- VM died: it hung or stopped before its tests were over. A user is told so, and of the test that it was in, but no
  check says what is wrong.
- no VM, or host died: QEMU could not start the VM, KVM did not load, or the host's kernel oopsed, or hung twice.
  No check could run.
- equivalent, invisible, hardware, missed: no check fails, and [somebody said why](../selftest/mutants/reasons.tsv).
- open: no check has failed yet, and there are configurations to run.
- score: detected, of those that are detected, missed or open, or in which the VM died.

{score_table([""], [["all", *total.cells()]])}""", file=out)


def _tables(out: TextIO, made: Scores) -> None:
    print("\n## By feature\n", file=out)
    print(score_table(["feature"], ([name, *made.features[name].cells()] for name in sorted(made.features))), file=out)
    print("\n## By function\n", file=out)
    print(score_table(["function", "feature"],
                      ([f"`{name}`", feature, *made.functions[name, feature].cells()]
                       for name, feature in sorted(made.functions))), file=out)


class _Changes:
    """What mutants change, as a diff has it."""

    def __init__(self, tree: Path, mutants: dict[str, Mutant]):
        self.mutants = mutants
        self.texts = {mutant.file: (build.originals(tree) / mutant.file).read_text(encoding="utf-8")
                      for mutant in mutants.values()}

    def lines(self, name: str) -> str:
        mutant = self.mutants[name]
        before, after = changed_line(self.texts[mutant.file], mutant.change)
        return f"@@ {mutant.file}:{mutant.line} {name}\n-{before}\n+{after}"


def _survivors(out: TextIO, changes: _Changes, judged: dict, made: Scores, reasons: Reasons) -> None:
    print("\n## Mutants that no check detects", file=out)
    wrong = [name for name in sorted(judged) if judged[name]["failed"] and reasons.of(name)[0] != MISSED]
    if wrong:
        print(f"\n### Detected, although a reason says that they cannot be ({len(wrong)})\n\n{_code(wrong)}", file=out)
    for kind in ("open", *reversed(KINDS)):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for name in sorted(judged):
            if made.fates[name] == kind:
                by_reason[reasons.of(name)[1]].append(name)
        if by_reason:
            print(f"\n### {KIND_TITLES[kind]} ({made.total.fates[kind]})", file=out)
        for reason, names in by_reason.items():
            diffs = "\n".join(changes.lines(name) + _also_seen(judged[name]) for name in names)
            print(f"\n{reason}:\n\n```diff\n{diffs}\n```", file=out)


def _also_seen(judgement: dict) -> str:
    if judgement["verdict"] == "survived":
        return ""
    if judgement["verdict"] == "differs":
        count = len(judgement["differs"])
        return f"\n# {count} test{'s' if count > 1 else ''} skipped, or not skipped: {judgement['differs'][0]}"
    return f"\n# {judgement['verdict']}"


def _dead(out: TextIO, records: dict[str, list[dict]], made: Scores) -> None:
    """Those with which nothing worked any more, by what was said of it."""
    for title, wanted in (("Mutants with which the VM died", "VM died"),
                          ("Mutants with which no VM started, or the host died", "no VM, or host died")):
        by_end: dict[str, list[str]] = defaultdict(list)
        for name in sorted(name for name, fate in made.fates.items() if fate == wanted):
            by_end[_end(records[name])].append(name)
        if by_end:
            print(f"\n## {title}\n", file=out)
        for end, names in sorted(by_end.items()):
            print(f"- {end}: {_code(names)}", file=out)


def _end(records: list[dict]) -> str:
    """How a run ended that was not to end so, without the numbers in it."""
    for record in records:
        if text := record.get("unloadable"):
            return f"KVM does not load: {_plain(text)}"
        if record.get("errors") or record.get("end") not in (None, "exit"):
            return _plain((record["errors"] or [record["end"]])[0])
    return f"Host: {_plain(next(record['host'] for record in reversed(records) if 'host' in record))}"


def _plain(text: str) -> str:
    return re.sub(r"\b\d+(\.\d+)?\b", "N", text).replace("`", "'").replace("<", "&lt;")


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _idle_tests(out: TextIO, judged: dict, expected: verdicts.Expected) -> None:
    """Tests that no mutant made fail, although they passed somewhere without one; those that were always skipped."""
    tripped = {test for judgement in judged.values() for tests in judgement["failed"].values() for test in tests}
    seen: dict[str, set[str]] = defaultdict(set)
    for (_, test), found in expected.verdicts.items():
        seen[test] |= found
    left = sorted(test for test in seen if "pass" in seen[test] and test not in tripped)
    print(f"""
## Tests that no mutant tripped

{len(tripped)} of {len(tripped) + len(left)} tests that ran failed with some mutant. A mutant is run until the first
configuration in which a check fails, so that others may be able to detect it, too: `mutants run --in` tries that.
[Why](../selftest/mutants/idle.tsv) these did not fail:""", file=out)
    _by_reason(out, left)
    skipped = sorted(test for test in seen if seen[test] == {"skip"})
    print(f"\n## Tests that were always skipped\n\n{len(skipped)} tests ran in none of the configurations:", file=out)
    _by_reason(out, skipped)


def _planted() -> list[str]:
    """Patterns of tests of which at least one fails with a defect of selftest/defects."""
    heads = (HERE.parent / "defects").glob("*.patch")
    lines = (line for path in heads for line in path.read_text(encoding="utf-8").splitlines())
    return [word for line in lines if line.startswith("Must-fail:") for word in line.split()[1:]]


def _by_reason(out: TextIO, tests: list[str]) -> None:
    rows = [*table(HERE / "idle.tsv", 2), *([pattern, PLANTED] for pattern in _planted())]
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for test in tests:
        suite, _, name = test.partition(".")
        groups[idle(test, rows)][suite].append(name)
    for reason, suites in sorted(groups.items()):
        print(f"\n{reason or 'Not looked at yet'}:\n", file=out)
        for suite, names in suites.items():
            print(f"- {suite}: {', '.join(names)}", file=out)
