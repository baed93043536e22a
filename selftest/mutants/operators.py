# SPDX-License-Identifier: BSD-2-Clause
"""The ways to break a function: each operator yields changes, one piece of text instead of another on one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ctext import Function, tokens
from syntax import Body, Range, is_binary, operand_end, operand_start, parse, precedence

_COMPARISONS = {"<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("!=",), "!=": ("==",)}
_SIGNS = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
# Others than the kernel's own bookkeeping, where one more or less only means another request or allocation.
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]{2,}$")
_NO_CONSTANT = re.compile(r"(KVM_REQ|GFP|SRCU|NULL$|CONFIG_|PAGE_SHIFT$)")


# What no guest and no VMM sees.
_UNSEEN = re.compile(r"(trace_|lockdep_)")


@dataclass(frozen=True)
class Change:
    """The file's text [start, end) becomes @text."""

    operator: str
    start: int
    end: int
    text: str


def changes(text: str, function: Function) -> Iterator[Change]:
    """All changes of a function, in the order of its text."""
    body = parse(tokens(text, function.body, function.end))
    made = [change for operator in _OPERATORS for change in operator(body, text)]
    unseen = [(body.found[s.first].start, body.found[s.last].end) for s in body.statements
              if _UNSEEN.match(body.text(s.first))]
    seen = set()
    for change in sorted(made, key=lambda c: (c.start, c.end, c.operator, c.text)):
        old = text[change.start : change.end]
        if "\n" in old or old == change.text or (change.start, change.end, change.text) in seen:
            continue
        if any(start <= change.start and change.end <= end for start, end in unseen):
            continue
        seen.add((change.start, change.end, change.text))
        yield change


def _replace(body: Body, operator: str, what: Range, text: str) -> Change:
    return Change(operator, body.found[what.first].start, body.found[what.last].end, text)


def _source(body: Body, text: str, what: Range) -> str:
    return text[body.found[what.first].start : body.found[what.last].end]


def _conditions(body: Body, text: str) -> Iterator[Change]:
    for condition in body.conditions:
        source = _source(body, text, condition)
        yield _replace(body, "negate", condition, f"!({source})")
        yield _replace(body, "false", condition, "0")
        if condition.kind != "loop":  # that would hang the host, and prove nothing
            yield _replace(body, "true", condition, "1")


def _logic(body: Body, text: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.text not in ("&&", "||"):
            continue
        yield _replace(body, "and-or", Range(i, i), "||" if token.text == "&&" else "&&")
        level = precedence(body, i)
        neutral = "1" if token.text == "&&" else "0"
        for operand in (Range(operand_start(body, i, level + 1), i - 1), Range(i + 1, operand_end(body, i, level))):
            yield _replace(body, "true" if neutral == "1" else "false", operand, neutral)
            yield _replace(body, "negate", operand, f"!({_source(body, text, operand)})")


def _compare(body: Body, _: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.kind == "op" and token.text in _COMPARISONS:
            for other in _COMPARISONS[token.text]:
                yield _replace(body, "compare", Range(i, i), other)


def _arithmetic(body: Body, _: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.kind != "op" or token.text not in _SIGNS or (token.text in "+-" and not is_binary(body, i)):
            continue
        if any(header.first <= i <= header.last for header in body.headers):
            continue  # a loop that goes the other way
        yield _replace(body, "sign", Range(i, i), _SIGNS[token.text])


def _shift(body: Body, text: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.text in ("<<", ">>", "<<=", ">>="):
            right = Range(i + 1, operand_end(body, i, precedence(body, i)))
            yield _replace(body, "shift", right, f"({_source(body, text, right)} + 1)")


def _bits(body: Body, text: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.text not in ("|", "&") or not is_binary(body, i):
            continue
        level = precedence(body, i)
        left = Range(operand_start(body, i, level), i - 1)
        right = Range(i + 1, operand_end(body, i, level))
        if token.text == "|":
            yield _replace(body, "flag", Range(left.first, i), "")
            yield _replace(body, "flag", Range(i, right.last), "")
        else:
            mask = _source(body, text, right)
            yield _replace(body, "mask", right, f"(({mask}) & (({mask}) - 1))")
            yield _replace(body, "mask", Range(i, right.last), "")


def _constants(body: Body, _: str) -> Iterator[Change]:
    for i, token in enumerate(body.found):
        if token.kind == "number":
            digits = re.sub(r"[uUlL]+$", "", token.text)
            suffix = token.text[len(digits) :]
            value = int(digits, 0)
            for other in (value + 1, value - 1):
                if other >= 0:
                    form = hex(other) if digits.startswith("0x") else str(other)
                    yield _replace(body, "constant", Range(i, i), form + suffix)
        elif token.text in ("true", "false"):
            yield _replace(body, "constant", Range(i, i), "false" if token.text == "true" else "true")
        elif _is_constant(body, i):
            yield _replace(body, "constant", Range(i, i), f"({token.text} + 1)")


def _is_constant(body: Body, i: int) -> bool:
    name = body.text(i)
    return (body.found[i].kind == "name" and _CONSTANT.match(name) is not None and not _NO_CONSTANT.match(name)
            and body.text(i + 1) != "(" and body.text(i - 1) not in (".", "->"))


def _returns(body: Body, text: str) -> Iterator[Change]:
    for statement in body.statements:
        if statement.kind != "return" or statement.last == statement.first + 1:
            continue
        value = Range(statement.first + 1, statement.last - 1)
        for other in ("0", "1"):
            yield _replace(body, "return", value, other)
        yield _replace(body, "return", value, f"!({_source(body, text, value)})")


def _statements(body: Body, text: str) -> Iterator[Change]:
    for statement in body.statements:
        if "\n" not in _source(body, text, statement):
            yield _replace(body, "delete", statement, ";")
        elif body.text(statement.last + 1) != "else":
            start = body.found[statement.first].start
            yield Change("delete", start, start, "if (0) ")


_OPERATORS = (_conditions, _logic, _compare, _arithmetic, _shift, _bits, _constants, _returns, _statements)
