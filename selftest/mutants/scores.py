# SPDX-License-Identifier: BSD-2-Clause
"""How many mutants there are of each fate, of all, of a feature or of a function."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import verdicts
from features import features
from reasons import KINDS, MISSED, Reasons

NO_VM = ("could not start", "not started")
# "open": nothing has been detected, but there are configurations that have not been run.
FATES = ("detected", "VM died", "no VM, or host died", *KINDS, "open")
VISIBLE = ("detected", "VM died", MISSED, "open")


def fate(judgement: dict, kind: str, wanted: set[str]) -> str:
    """Of a mutant which is of a kind (reasons.py) and which configurations are wanted of, if nothing is seen."""
    verdict = judgement["verdict"]
    if verdict == "guest died":
        return "no VM, or host died" if set(judgement["ended"]) <= set(NO_VM) else "VM died"
    if verdict in ("host died", "does not load"):
        return "no VM, or host died"
    if verdict == "detected":
        return verdict
    return kind if wanted <= set(judgement["configurations"]) else "open"


@dataclass
class Score:
    fates: Counter[str] = field(default_factory=Counter)
    own: int = 0  # detected by a test that is about the feature

    def visible(self) -> int:
        return sum(self.fates[fate] for fate in VISIBLE)

    def share(self, count: int) -> str:
        return f"{100 * count / self.visible():.1f} %" if self.visible() else ""

    def cells(self) -> list[str]:
        counts = [self.fates.total(), self.fates["detected"], self.own, *(self.fates[fate] for fate in FATES[1:])]
        return [str(count or "") for count in counts] + [self.share(self.fates["detected"])]


@dataclass
class Scores:
    total: Score = field(default_factory=Score)
    features: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    functions: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    fates: dict[str, str] = field(default_factory=dict)  # of each mutant


def scores(known: dict[str, dict], judged: dict[str, dict], reasons: Reasons) -> Scores:
    made, listed = Scores(), features()
    for name, judgement in judged.items():
        feature = listed[known[name]["feature"]]
        wanted = {configuration for stage in reasons.stages(name, feature) for configuration in stage}
        made.fates[name] = fate(judgement, reasons.of(name)[0], wanted)
        failed = [test for tests in judgement["failed"].values() for test in tests]
        for score in (made.total, made.features[known[name]["feature"]],
                      made.functions[known[name]["function"], known[name]["feature"]]):
            score.fates[made.fates[name]] += 1
            score.own += any(verdicts.is_about(test, feature.tests) for test in failed)
    return made


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """In Markdown; columns in which nothing stands are left out."""
    titles = [*heads, "run", "detected", "by own tests", *FATES[1:], "score"]
    rows = list(rows)
    kept = [i for i in range(len(titles)) if any(row[i] for row in rows)]
    lines = [[titles[i] for i in kept], ["---" if i < len(heads) else "--:" for i in kept],
             *([row[i] for i in kept] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
