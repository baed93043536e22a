# SPDX-License-Identifier: BSD-2-Clause
"""C as the kernel writes it: tokens, and where a file's functions are."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/|//[^\n]*|^\#(?:[^\n\\]|\\.|\\\n)*)
      | (?P<string>L?"(?:\\.|[^"\\])*")
      | (?P<char>L?'(?:\\.|[^'\\])*')
      | (?P<number>(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\b)
      | (?P<label>[0-9]\w*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^!~<>=?:;,.(){}\[\]\#])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Without blanks, comments and lines of the preprocessor."""
    found = []
    at = start
    end = len(text) if end is None else end
    while at < end:
        match = _TOKEN.match(text, at)
        if not match:
            at += 1
            continue
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group(), match.start(), match.end()))
        at = match.end()
    return found


def matching(found: list[Token]) -> dict[int, int]:
    """Of each bracket among the tokens, the index of the other one."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for i, token in enumerate(found):
        if token.kind != "op":
            continue
        if token.text in "([{":
            stack.append(i)
        elif token.text in ")]}" and stack:
            pairs[i] = stack.pop()
            pairs[pairs[i]] = i
    return pairs


@dataclass(frozen=True)
class Function:
    """Offsets into its file's text: head and body are [start, body), body with its braces is [body, end)."""

    name: str
    start: int
    body: int
    end: int


def find_function(text: str, name: str) -> Function | None:
    """The first definition of it in the file: behind #else there may be another one, which is not built."""
    found = None
    for match in re.finditer(rf"^[A-Za-z_][^;{{}}#()=]*?\b{re.escape(name)}\(", text, re.MULTILINE):
        body = re.compile(r"[^;{}]*?\)[^;{}()]*\n\{\n").match(text, match.end() - 1)
        if not body:
            continue
        end = text.index("\n}", body.end() - 1) + 2
        if found is None:
            found = Function(name, match.start(), body.end() - 2, end)
    return found


def parameters(text: str, function: Function) -> list[str]:
    """Names of a function's parameters."""
    head = text[function.start : function.body]
    inside = head[head.index(function.name + "(") + len(function.name) + 1 : head.rindex(")")]
    if inside.strip() == "void":
        return []
    return [re.findall(r"\w+", part)[-1] for part in inside.split(",")]


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
