# SPDX-License-Identifier: BSD-2-Clause
"""What the compiler made of each copy of a function, in a form that is the same for copies that do the same."""

import re

_TYPE = re.compile(r"\t\.type\t(\w+__m\d+), @function")
_LABEL = re.compile(r"^([.\w]+):")
_CONSTANT = re.compile(r"(?:\.LC\d+|CSWTCH\.\d+)\b")
_LOCAL = re.compile(r"\.L\w*?\d+\b")
_SUFFIX = re.compile(r"\b([A-Za-z_]\w*)\.\d+\b")
_UNIQUE = re.compile(r"(__UNIQUE_ID_\w*?)\d+\b")


def copies(assembly: str) -> dict[str, str]:
    """The code of each copy, by its name: strings stand for their labels, and its labels are numbered anew."""
    lines = assembly.splitlines()
    constants = _constants(lines)
    found = {}
    i = 0
    while i < len(lines):
        match = _TYPE.match(lines[i])
        i += 1
        if not match:
            continue
        name = match.group(1)
        end = i
        while not lines[end].startswith(f"\t.size\t{name},"):
            end += 1
        found[name] = _normal(name, lines[i:end], constants)
        i = end
    return found


def called(code: str) -> set[str]:
    """The functions that a copy calls."""
    return set(re.findall(r"\t(?:call|jmp)\t([A-Za-z_]\w*)$", code, re.MULTILINE)) - {"SELF"}


def _constants(lines: list[str]) -> dict[str, str]:
    """What stands behind labels of strings and tables."""
    found: dict[str, str] = {}
    label = ""
    for line in lines:
        match = _LABEL.match(line)
        if match:
            label = match.group(1) if _CONSTANT.fullmatch(match.group(1)) else ""
        elif label and re.match(r"\t\.(string|ascii|byte|value|long|quad|zero)\b", line):
            found[label] = found.get(label, "") + line.strip() + ";"
        else:
            label = ""
    return found


def _normal(name: str, lines: list[str], constants: dict[str, str]) -> str:
    text = "\n".join(line for line in lines if not line.startswith(("#", "\t.p2align")))
    text = _CONSTANT.sub(lambda m: "<" + constants.get(m.group(), m.group()) + ">", text)
    numbers: dict[str, str] = {}
    text = _LOCAL.sub(lambda m: numbers.setdefault(m.group(), f".L{len(numbers)}"), text)
    text = _SUFFIX.sub(r"\1", _UNIQUE.sub(r"\1", text))
    return re.sub(rf"\b{re.escape(name)}\b", "SELF", text)
