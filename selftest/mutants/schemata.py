# SPDX-License-Identifier: BSD-2-Clause
"""
One source file with all its mutants in it: each is a whole copy of its function with the change, f__m17 of f, and f
calls the one that the module's parameter "mutant" has the number of. With mutant=0 each function does what it did.
"""

import re
from pathlib import Path

import ctext
from generate import Mutant

# They see to it that a copy's code depends on nothing but its text, so that equal code means an equal mutant.
_ATTRIBUTES = "static __attribute__((__noinline__, __noipa__, __used__)) "
_DROPPED = re.compile(r"\b(static|inline|__always_inline|noinline|noinstr|__init|__exit)\b\s*")

PARAMETER = """
unsigned int kvm_mutant;
module_param_named(mutant, kvm_mutant, uint, 0444);
"""
HOME = "arch/x86/kvm/x86.c"  # has the parameter


def copy_name(function: str, number: int) -> str:
    return f"{function}__m{number}"


def _copy(text: str, function: ctext.Function, body: str, number: int) -> str:
    head = text[function.start : function.body]
    named = re.sub(rf"\b{re.escape(function.name)}\(", copy_name(function.name, number) + "(", head, count=1)
    return _ATTRIBUTES + _DROPPED.sub("", named).lstrip() + body


def _head_lines(text: str, function: ctext.Function) -> int:
    """Where a copy has to start so that its body keeps the line numbers of the original."""
    head = text[function.start : function.body]
    stripped = _DROPPED.sub("", head).lstrip()
    return ctext.line_of(text, function.body) - stripped.count("\n")


def _of_function(text: str, file: str, function: ctext.Function, mutants: list[tuple[int, Mutant]]) -> str:
    head = text[function.start : function.body].rstrip()
    original = text[function.body : function.end]
    here = f'#line {_head_lines(text, function)} "{file}"\n'
    parts = [head + ";\n"]
    for number, mutant in mutants:
        start, end = mutant.change.start - function.body, mutant.change.end - function.body
        body = original[:start] + mutant.change.text + original[end:]
        parts.append(here + _copy(text, function, body, number) + "\n")
    numbers = [number for number, _ in mutants]
    first, count = numbers[0], numbers[-1] - numbers[0] + 1
    table = f"{function.name}__mutants"
    entries = ", ".join(f"[{number - first}] = {copy_name(function.name, number)}" for number in numbers)
    parts.append(f"static __typeof__({function.name}) *const {table}[{count}] = {{ {entries} }};\n")
    arguments = ", ".join(ctext.parameters(text, function))
    dispatch = (f"if (unlikely(kvm_mutant - {first} < {count} && {table}[kvm_mutant - {first}])) "
                f"return {table}[kvm_mutant - {first}]({arguments});")
    parts.append(f'#line {ctext.line_of(text, function.start)} "{file}"\n')
    parts.append(text[function.start : function.body] + "{ " + dispatch + original[1:])
    return "".join(parts)


def with_mutants(text: str, file: str, mutants: list[tuple[int, Mutant]]) -> str:
    """The text of a file with copies for its mutants, whose numbers ascend in the order of functions."""
    parts = ["extern unsigned int kvm_mutant;\n", f'#line 1 "{file}"\n']
    at = 0
    names = dict.fromkeys(mutant.function for _, mutant in mutants)
    functions = [function for name in names if (function := ctext.find_function(text, name))]
    for function in sorted(functions, key=lambda f: f.start):
        own = [(number, mutant) for number, mutant in mutants if mutant.function == function.name]
        parts += [text[at : function.start], _of_function(text, file, function, own)]
        at = function.end
        parts.append(f'\n#line {ctext.line_of(text, at)} "{file}"\n')
    parts.append(text[at:])
    if file == HOME:
        parts.append(PARAMETER)
    return "".join(parts)


def write(source: Path, target: Path, file: str, mutants: list[tuple[int, Mutant]]) -> None:
    text = with_mutants((source / file).read_text(encoding="utf-8"), file, mutants)
    # What is as it was, make need not build again.
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
