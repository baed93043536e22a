# SPDX-License-Identifier: BSD-2-Clause
"""As much of C's grammar as it takes to say where the statements and conditions of a function are."""

from dataclasses import dataclass, field

from ctext import Token, matching

_TYPES = {"struct", "union", "enum", "const", "static", "volatile", "unsigned", "signed", "int", "long", "short",
          "char", "bool", "void", "typeof"}
_JUMPS = {"return", "break", "continue", "goto"}


@dataclass(frozen=True)
class Range:
    """Tokens [first, last]."""

    first: int
    last: int
    kind: str = ""


@dataclass
class Body:
    """What a function consists of."""

    found: list[Token]
    pairs: dict[int, int] = field(default_factory=dict)
    statements: list[Range] = field(default_factory=list)  # kind: expression or a jump's word; with the ";"
    conditions: list[Range] = field(default_factory=list)  # kind: if, loop, choice (of "?:")
    labels: list[Range] = field(default_factory=list)  # case and default, with the ":"
    declarations: list[Range] = field(default_factory=list)
    headers: list[Range] = field(default_factory=list)  # what stands in the brackets behind "for" and its likes

    def text(self, i: int) -> str:
        return self.found[i].text if 0 <= i < len(self.found) else ""


def parse(found: list[Token]) -> Body:
    """Tokens of a function's body, with its braces."""
    body = Body(found, matching(found))
    _block(body, 0)
    _choices(body)
    return body


def _block(body: Body, i: int) -> int:
    end = body.pairs[i]
    i += 1
    while i < end:
        i = _statement(body, i)
    return end + 1


def _statement(body: Body, i: int) -> int:
    text = body.text(i)
    if text == "{":
        return _block(body, i)
    if text == ";":
        return i + 1
    if text in ("if", "while", "switch", "for"):
        return _with_header(body, i)
    if text == "else":
        return _statement(body, i + 1)
    if text == "do":
        return _do(body, i)
    if text in ("case", "default"):
        end = _find(body, i, ":")
        body.labels.append(Range(i, end))
        return end + 1
    if body.found[i].kind == "name" and body.text(i + 1) == ":" and text not in _JUMPS:
        return i + 2
    if body.text(i + 1) == "(" and body.found[i].kind == "name" and text not in _TYPES:
        close = body.pairs[i + 1]
        if body.text(close + 1) == "{" or (body.found[close + 1].kind == "name" and text not in _JUMPS | {"asm"}):
            body.headers.append(Range(i + 2, close - 1))  # a macro that loops
            return _statement(body, close + 1)
    end = _find(body, i, ";")
    if text in _JUMPS:
        body.statements.append(Range(i, end, text))
    elif _is_declaration(body, i):
        body.declarations.append(Range(i, end))
    else:
        body.statements.append(Range(i, end, "expression"))
    return end + 1


def _with_header(body: Body, i: int) -> int:
    text, close = body.text(i), body.pairs[i + 1]
    if text == "if":
        body.conditions.append(Range(i + 2, close - 1, "if"))
    elif text == "while":
        body.conditions.append(Range(i + 2, close - 1, "loop"))
    elif text == "for":
        body.headers.append(Range(i + 2, close - 1))
        first = _find(body, i + 2, ";")
        second = _find(body, first + 1, ";")
        if second > first + 1:
            body.conditions.append(Range(first + 1, second - 1, "loop"))
    return _statement(body, close + 1)


def _do(body: Body, i: int) -> int:
    i = _statement(body, i + 1)
    close = body.pairs[i + 1]
    body.conditions.append(Range(i + 2, close - 1, "loop"))
    return close + 2


def _find(body: Body, i: int, wanted: str) -> int:
    while body.text(i) != wanted:
        i = body.pairs[i] + 1 if body.text(i) in ("(", "[", "{") else i + 1
        if i >= len(body.found):
            raise ValueError(f"no {wanted} behind {body.found[-1].text}")
    return i


def _is_declaration(body: Body, i: int) -> bool:
    if body.text(i) in _TYPES:
        return True
    if body.found[i].kind != "name":
        return False
    i += 1
    while body.text(i) == "*":
        i += 1
    return body.found[i].kind == "name" and body.text(i + 1) in ("=", ";", ",", "[", "__user")


def _choices(body: Body) -> None:
    for i, token in enumerate(body.found):
        if token.text == "?" and token.kind == "op":
            first = operand_start(body, i, LOWEST + 1)
            body.conditions.append(Range(first, i - 1, "choice"))


LOWEST = 1
_PRECEDENCE = {"||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "<": 8, ">": 8, "<=": 8, ">=": 8, "<<": 9,
               ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11}


def precedence(body: Body, i: int) -> int:
    """Of a binary operator; 0 for what ends an expression, 99 for what is inside an operand."""
    token = body.found[i]
    if token.text == "return" or token.text == "case":
        return 0
    if token.kind != "op":
        return 99
    if token.text in ("?", ":"):
        return LOWEST
    if token.text in _PRECEDENCE:
        return _PRECEDENCE[token.text] if is_binary(body, i) else 99
    return 0 if token.text in ("=", ";", ",", "(", ")", "{", "}", "[", "]") or token.text[-1] == "=" else 99


def is_binary(body: Body, i: int) -> bool:
    """Whether "-", "&", "*", "+" have an operand on their left."""
    if i == 0:
        return False
    before = body.found[i - 1]
    if before.kind == "name":
        return before.text not in ("return", "case")
    if before.text == ")":
        return not _is_cast(body, i - 1)
    return before.kind in ("number", "string", "char") or before.text == "]"


def _is_cast(body: Body, close: int) -> bool:
    """"(u64)", "(void *)": types alone in brackets, not called."""
    start = body.pairs[close]
    inside = [token.text for token in body.found[start + 1 : close]]
    if body.found[start - 1].kind == "name" and body.text(start - 1) != "return":
        return False
    return bool(inside) and (inside[-1] == "*" or all(
        word in _TYPES or word in ("u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "gpa_t", "gfn_t")
        for word in inside))


def operand_start(body: Body, i: int, level: int) -> int:
    """The first token of the operand left of operator i: it has only operators of this precedence or a higher one."""
    while i > 0:
        if body.text(i - 1) in (")", "]", "}"):
            i = body.pairs[i - 1]
        elif precedence(body, i - 1) < level:
            return i
        else:
            i -= 1
    return i


def operand_end(body: Body, i: int, level: int) -> int:
    """The last token of the operand right of operator i: it has only operators of a higher precedence."""
    while i + 1 < len(body.found):
        if body.text(i + 1) in ("(", "[", "{"):
            i = body.pairs[i + 1]
        elif precedence(body, i + 1) <= level:
            return i
        else:
            i += 1
    return i
