# SPDX-License-Identifier: BSD-2-Clause
"""What people have found out: why mutants survive (reasons.tsv), and why no mutant trips a test (idle.tsv)."""

from fnmatch import fnmatchcase
from pathlib import Path

from failure import die
from features import Feature
from generate import HERE, table

MISSED = "missed"
KINDS = ("equivalent", "invisible", "hardware", MISSED)
FIRST_STAGES = 1  # that mutants run which are known to be out of reach: enough to notice most wrong reasons


class Reasons:
    def __init__(self, path: Path = HERE / "reasons.tsv"):
        self.rows = table(path, 3)
        self.found: dict[str, tuple[str, str]] = {}
        for name, kind, _ in self.rows:
            if kind not in KINDS:
                die(f"{path}: {name}: {kind} is none of {', '.join(KINDS)}")

    def of(self, name: str) -> tuple[str, str]:
        if name not in self.found:
            fitting = ((kind, reason) for pattern, kind, reason in self.rows if fnmatchcase(name, pattern))
            self.found[name] = next(fitting, (MISSED, "not looked at yet"))
        return self.found[name]

    def stages(self, name: str, feature: Feature) -> list[list[str]]:
        """What a mutant of a feature has to pass."""
        return feature.stages if self.of(name)[0] == MISSED else feature.stages[:FIRST_STAGES]


def idle(test: str, rows: list[list[str]]) -> str:
    """Why no mutant trips a test; nothing if nobody has found out. Rows are those of idle.tsv."""
    return next((reason for pattern, reason in rows if fnmatchcase(test, pattern)), "")
