# SPDX-License-Identifier: BSD-2-Clause
"""All mutants of a kernel's source, by the list of functions."""

import difflib
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import ctext
import operators
import syntax
from failure import die

HERE = Path(__file__).resolve().parent
FUNCTIONS = HERE / "functions.tsv"


@dataclass(frozen=True)
class Listed:
    file: str
    function: str
    feature: str
    where: str


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    function: str
    feature: str
    operator: str
    line: int
    change: operators.Change


def table(path: Path, columns: int) -> list[list[str]]:
    """The rows of a file of tab-separated columns."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns:
            die(f"{path}:{number}: {columns} columns, separated by tabs, are needed")
        rows.append(row)
    return rows


def listed(path: Path = FUNCTIONS) -> list[Listed]:
    return [Listed(*row) for row in table(path, 4)]


def _spans(text: str, function: ctext.Function, where: str) -> list[tuple[int, int]]:
    """The parts of a function that its row of the list means."""
    kind, _, pattern = where.partition(":")
    if kind == "all":
        return [(function.body, function.end)]
    if kind == "line":
        spans = []
        at = function.body
        for line in text[function.body : function.end].splitlines(keepends=True):
            if re.search(pattern, line):
                spans.append((at, at + len(line)))
            at += len(line)
        return spans
    if kind == "case":
        return _case_spans(text, function, pattern)
    die(f'"{where}": the last column is all, line:REGEX or case:REGEX')


def _case_spans(text: str, function: ctext.Function, pattern: str) -> list[tuple[int, int]]:
    body = syntax.parse(ctext.tokens(text, function.body, function.end))
    labels = sorted(body.labels, key=lambda label: label.first)
    groups: list[list[syntax.Range]] = []
    for label in labels:
        if groups and groups[-1][-1].last + 1 == label.first:
            groups[-1].append(label)
        else:
            groups.append([label])
    spans = []
    for i, group in enumerate(groups):
        start = body.found[group[0].first].start
        end = body.found[groups[i + 1][0].first].start if i + 1 < len(groups) else function.end
        if re.search(pattern, text[start : body.found[group[-1].last].end]):
            spans.append((start, end))
    return spans


def changed_line(text: str, change: operators.Change) -> tuple[str, str]:
    """The line of the change, before and after it."""
    start = text.rfind("\n", 0, change.start) + 1
    end = text.index("\n", change.end)
    return text[start:end], text[start : change.start] + change.text + text[change.end : end]


def mutants_of(text: str, row: Listed) -> list[Mutant]:
    function = ctext.find_function(text, row.function)
    if not function:
        return []
    spans = _spans(text, function, row.where)
    made = []
    seen: Counter[str] = Counter()
    for change in operators.changes(text, function):
        before, after = changed_line(text, change)
        # Of the text alone, so that a change elsewhere in the file leaves the name as it is.
        digest = hashlib.sha256(f"{before.strip()}\n{after.strip()}".encode()).hexdigest()[:6]
        name = f"{row.function}:{change.operator}:{digest}"
        seen[name] += 1
        if seen[name] > 1:
            name += f".{seen[name]}"
        if any(start <= change.start and change.end <= end for start, end in spans):
            made.append(Mutant(name, row.file, row.function, row.feature, change.operator,
                               ctext.line_of(text, change.start), change))
    return made


def all_mutants(source: Path, rows: list[Listed]) -> list[Mutant]:
    made = []
    for file in dict.fromkeys(row.file for row in rows):
        text = (source / file).read_text(encoding="utf-8")
        made += [mutant for row in rows if row.file == file for mutant in mutants_of(text, row)]
    return made


def diff(source: Path, mutant: Mutant) -> str:
    """For patch -p1."""
    text = (source / mutant.file).read_text(encoding="utf-8")
    change = mutant.change
    after = text[: change.start] + change.text + text[change.end :]
    return "".join(difflib.unified_diff(text.splitlines(keepends=True), after.splitlines(keepends=True),
                                        f"a/{mutant.file}", f"b/{mutant.file}"))
