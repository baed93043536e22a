# SPDX-License-Identifier: BSD-2-Clause
"""docs/mutation.md, from the records of runs and from reasons.tsv."""

from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TextIO

import build
import verdicts
from failure import die
from generate import HERE, Mutant, all_mutants, changed_line, listed, table
from features import features

KINDS = ("equivalent", "invisible", "hardware", "missed")
# What is no survivor, although no check failed: KVM, its host or the VM do not work at all.
DEAD = ("host died", "does not load", "guest died")
NOT_DETECTED = ("host complained", "differs", "survived")


class Reasons:
    def __init__(self, path: Path = HERE / "reasons.tsv"):
        self.rows = table(path, 3)
        for name, kind, _ in self.rows:
            if kind not in KINDS:
                die(f"{path}: {name}: {kind} is none of {', '.join(KINDS)}")

    def of(self, name: str) -> tuple[str, str]:
        for pattern, kind, reason in self.rows:
            if fnmatchcase(name, pattern):
                return kind, reason
        return "missed", "not looked at yet"


class Score:
    """Of some mutants: how many there are of each verdict, and how many of those not detected have a reason."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.right = 0

    def visible(self) -> int:
        """Mutants that a check could detect: neither dead nor known to be out of reach."""
        return self.verdicts["detected"] + self.kinds["missed"]

    def percent(self) -> str:
        return f"{100 * self.verdicts['detected'] / self.visible():.1f} %" if self.visible() else "-"

    def row(self, name: str) -> str:
        cells = [name, sum(self.verdicts.values()), self.verdicts["detected"], self.right,
                 sum(self.verdicts[verdict] for verdict in DEAD), *(self.kinds[kind] for kind in KINDS), self.percent()]
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


HEAD = """| {} | run | detected | by its own tests | dead | equivalent | invisible | hardware | missed | score |
|---|---|---|---|---|---|---|---|---|---|"""


def write(tree: Path, results: Path, out: TextIO) -> None:
    manifest = build.read_manifest(tree)
    expected = verdicts.Expected(verdicts.by_mutant(results)[""])
    known = manifest["mutants"]
    judged = {name: judgement for name, judgement in verdicts.of_file(results).items() if name in known}
    unfinished = [name for name, judgement in judged.items() if judgement["verdict"] in NOT_DETECTED
                  and not _all_stages(known[name]["feature"]) <= set(judgement["configurations"])]
    for name in unfinished:
        del judged[name]
    scores = _scores(known, judged, Reasons())
    _introduction(out, manifest, judged, len(unfinished), scores[0], expected)
    for title, table_of in (("feature", scores[1]), ("function", scores[2])):
        print(f"\n## By {title}\n\n" + HEAD.format(title), file=out)
        for name in sorted(table_of):
            print(table_of[name].row(name), file=out)
    _survivors(out, tree, judged, Reasons())
    _idle_tests(out, judged, expected)


def _all_stages(feature: str) -> set[str]:
    return {configuration for stage in features()[feature].stages for configuration in stage}


def _scores(known: dict, judged: dict, reasons: Reasons) -> tuple[Score, dict[str, Score], dict[str, Score]]:
    total, by_feature, by_function = Score(), defaultdict(Score), defaultdict(Score)
    listed_features = features()
    for name, judgement in judged.items():
        about = listed_features[known[name]["feature"]].tests
        failed = [test for tests in judgement["failed"].values() for test in tests]
        for score in (total, by_feature[known[name]["feature"]], by_function[known[name]["function"]]):
            score.verdicts[judgement["verdict"]] += 1
            score.right += any(verdicts.is_about(test, about) for test in failed)
            if judgement["verdict"] in NOT_DETECTED:
                score.kinds[reasons.of(name)[0]] += 1
    return total, by_feature, by_function


def _introduction(out: TextIO, manifest: dict, judged: dict, unfinished: int, total: Score,
                  expected: verdicts.Expected) -> None:
    print(f"""# Which broken KVMs the tests notice

`selftest/mutants` makes mutants of KVM: each has one change on one line of a function that implements a PV feature.
They are run on an emulated AMD host, as [its README](../selftest/mutants/README.md) says. `make mutants-report` makes
this page of the results.

Kernel: {manifest["kernel"]}. {manifest["generated"]} mutants were made. {len(manifest["not compiled"])} do not compile.
The compiler makes the same code of {len(manifest["equal"])} as of the original or of another one. Of the other
{len(manifest["mutants"])}, {len(judged)} have been run; {unfinished} more have not been run in all configurations yet.
The module without a mutant ran {sum(expected.configurations.values())} configurations.

- detected: a check fails that passes without the mutant. "By its own tests": a check about the feature that the
  function is listed for.
- dead: the host's kernel panicked, hung or oopsed twice, KVM did not load, or the VM did not start or ended early. That
  is no detection by a check, and not in the score.
- equivalent, invisible, hardware (it would take other hardware to see it), missed: no check failed, and
  [why](../selftest/mutants/reasons.tsv).
- score: detected of those that are detected or missed.

{HEAD.format("")}
{total.row("all")}""", file=out)


def _survivors(out: TextIO, tree: Path, judged: dict, reasons: Reasons) -> None:
    print("\n## Mutants that no check detects\n", file=out)
    print("In brackets, what else was seen: \"differs\" means that tests were skipped or missing.", file=out)
    left = {name: judgement for name, judgement in judged.items() if judgement["verdict"] in NOT_DETECTED}
    mutants = {mutant.name: mutant for mutant in all_mutants(build.originals(tree), listed())}
    for kind in reversed(KINDS):
        names = [name for name in left if reasons.of(name)[0] == kind]
        if names:
            print(f"\n### {kind.capitalize()} ({len(names)})\n", file=out)
        for name in sorted(names):
            judgement = left[name]
            seen = "" if judgement["verdict"] == "survived" else f" [{judgement['verdict']}]"
            print(f"- `{name}`{seen}: {reasons.of(name)[1]}\n\n{_lines(tree, mutants[name])}\n", file=out)


def _lines(tree: Path, mutant: Mutant) -> str:
    before, after = changed_line((build.originals(tree) / mutant.file).read_text(encoding="utf-8"), mutant.change)
    return f"  ```diff\n  {mutant.file}:{mutant.line}\n  -{before}\n  +{after}\n  ```"


def _idle_tests(out: TextIO, judged: dict, expected: verdicts.Expected) -> None:
    """Tests that passed somewhere without a mutant, and that no mutant made fail."""
    tripped = {test for judgement in judged.values() for tests in judgement["failed"].values() for test in tests}
    passing = {test for (_, test), seen in expected.verdicts.items() if "pass" in seen}
    print(f"\n## Tests that no mutant tripped\n\n{len(tripped)} of {len(passing | tripped)} tests that ran failed with "
          "some mutant. A mutant is run until the first configuration in which a check fails. These did not fail:\n",
          file=out)
    suites: dict[str, list[str]] = defaultdict(list)
    for test in sorted(passing - tripped):
        suites[test.partition(".")[0]].append(test.partition(".")[2])
    for suite, names in suites.items():
        print(f"- {suite}: {', '.join(names)}", file=out)
