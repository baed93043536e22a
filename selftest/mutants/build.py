# SPDX-License-Identifier: BSD-2-Clause
"""
Which mutants compile and differ, and one module that has them all.

A tree is Debian's kernel source as "prepare" leaves it: configured, and the files of the list, as they were, in its
folder mutants/original. KVM is built of these first: that tells how the compiler is called, and what there is to link.
"""

import filecmp
import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import assembly
import children
import ctext
import schemata
from failure import die
from generate import HERE, Listed, Mutant, all_mutants
from operators import Change

KVM = "arch/x86/kvm"

_IN_FUNCTION = re.compile(r": In function '(\w+)'")
_ERROR = re.compile(r":\d+: (?:fatal )?error: |: error: ")
_COPY = re.compile(r"(\w+)__m(\d+)\b")


def originals(tree: Path) -> Path:
    return tree / "mutants/original"


def numbered(mutants: Iterable[Mutant]) -> list[tuple[int, Mutant]]:
    """From 1, functions one after the other, in the order of the list."""
    by_function: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants:
        by_function.setdefault((mutant.file, mutant.function), []).append(mutant)
    ordered = [mutant for own in by_function.values() for mutant in own]
    return list(enumerate(ordered, 1))


def _with_references(mutants: list[Mutant]) -> list[Mutant]:
    """In front of each function's mutants, a copy without a change."""
    made: list[Mutant] = []
    for _, mutant in numbered(mutants):
        if not made or made[-1].function != mutant.function:
            end = mutant.change.end
            made.append(replace(mutant, name="", change=Change("none", end, end, "")))
        made.append(mutant)
    return made


def compiler_command(tree: Path, file: str) -> list[str]:
    """What kbuild compiled a file with, without what comes behind it, and without warnings that are errors."""
    folder, name = os.path.split(file)
    line = (tree / folder / f".{name[:-2]}.o.cmd").read_text(encoding="utf-8").splitlines()[0]
    words = shlex.split(line.partition(":=")[2].partition(" ; ")[0])
    out = words.index("-o")
    return [word for word in words[:out] if word not in ("-c", "-g", "-Werror") and not word.startswith("-Wp,-MMD")]


def compile_copies(tree: Path, file: str, mutants: list[tuple[int, Mutant]]) -> tuple[str, set[int]]:
    """The assembly, or, where there is none, the numbers of the mutants that do not compile."""
    folder, name = os.path.split(file)
    source = f"{folder}/mutants-{name}"
    result = Path(tree / "mutants" / name).with_suffix(".s")
    schemata.write(originals(tree), tree / source, file, mutants)
    command = [*compiler_command(tree, file), "-w", "-S", "-o", str(result), source]
    done = children.run(command, cwd=tree)
    (tree / source).unlink()
    if not done.returncode:
        return result.read_text(encoding="utf-8"), set()
    wrong = set()
    function = ""
    for line in done.stderr.splitlines():
        match = _IN_FUNCTION.search(line)
        function = match.group(1) if match else function
        if _ERROR.search(line):
            copies = _COPY.findall(line) or _COPY.findall(function)
            if not copies:
                die(f"{file} does not compile: {line}")
            wrong |= {int(number) for _, number in copies}
    if not wrong:
        die(f"{file} does not compile: {done.stderr[-2000:]}")
    return "", wrong


def _make(tree: Path, rows: list[Listed]) -> None:
    """KVM's modules for AMD's processors."""
    # For these files alone: no debugging information, and no warnings, which would be errors.
    flags = [f"CFLAGS_{os.path.relpath(file, KVM)[:-2]}.o=-w -g0" for file in dict.fromkeys(row.file for row in rows)]
    done = children.run(["make", "-s", f"-j{os.cpu_count()}", f"M={KVM}", "CONFIG_KVM_INTEL=", *flags, "modules"],
                        cwd=tree)
    if done.returncode:
        die(f"KVM does not build: {done.stderr[-2000:]}")


def build_original(tree: Path, rows: list[Listed]) -> None:
    """KVM as it is, and a list of what it and the kernel define; nothing if there is one."""
    symbols = tree / "mutants/symbols"
    if symbols.exists():
        return
    print("mutants: building KVM", flush=True)
    _make(tree, rows)
    defined = children.run(["nm", "--defined-only", "--format=just-symbols", f"{KVM}/kvm.o"], cwd=tree).stdout.split()
    exported = [line.split("\t")[1] for line in (tree / "Module.symvers").read_text(encoding="utf-8").splitlines()]
    _write_text(symbols, "\n".join(defined + exported) + "\n")


def _symbols(tree: Path) -> set[str]:
    return set((tree / "mutants/symbols").read_text(encoding="utf-8").split())


def sort_out(tree: Path, file: str, mutants: list[Mutant]) -> dict[str, str]:
    """
    What is wrong with a file's mutants, by name: "does not compile", or the name of the mutant whose code is the same,
    which is "" for the original. Mutants that are good are not in it.
    """
    out = {}
    left = _with_references(mutants)
    while True:
        pairs = numbered(left)
        text, wrong = compile_copies(tree, file, pairs)
        if text:
            break
        out.update({mutant.name: "does not compile" for number, mutant in pairs if number in wrong})
        left = [mutant for number, mutant in pairs if number not in wrong]
    code = assembly.copies(text)
    known = _symbols(tree) | set(re.findall(r"^(\w+):", text, re.MULTILINE))
    first: dict[tuple[str, str], str] = {}
    for number, mutant in pairs:
        key = (mutant.function, code[schemata.copy_name(mutant.function, number)])
        if not assembly.called(key[1]) <= known:
            # What the original calls nowhere, as it is configured, need not be there.
            out[mutant.name] = "does not compile"
        elif key in first:
            out[mutant.name] = first[key]
        else:
            first[key] = mutant.name
    return out


def _sort_out_once(tree: Path, file: str, mutants: list[Mutant]) -> dict[str, str]:
    """The same, and kept in the tree for the next time: the compiler takes minutes."""
    inputs = [(originals(tree) / file).read_text(encoding="utf-8"), " ".join(compiler_command(tree, file)),
              *(f"{mutant.name} {mutant.change}" for mutant in mutants),
              *(path.read_text(encoding="utf-8") for path in (HERE / "schemata.py", HERE / "assembly.py"))]
    kept = tree / "mutants" / f"{hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]}.json"
    if not kept.exists():
        _write(kept, sort_out(tree, file, mutants))
    return json.loads(kept.read_text(encoding="utf-8"))


def plan(tree: Path, rows: list[Listed], only: list[str]) -> dict:
    """The manifest: all mutants, or those that are named, and the numbers that the module knows the good ones by."""
    mutants = [mutant for mutant in all_mutants(originals(tree), rows) if not only or mutant.name in only]
    if missing := set(only) - {mutant.name for mutant in mutants}:
        die(f"there is no mutant {missing.pop()}: \"list\" prints their names")
    by_file: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_file.setdefault(mutant.file, []).append(mutant)
    out: dict[str, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sorted_out = pool.map(lambda file: _sort_out_once(tree, file, by_file[file]), by_file)
        for (file, own), wrong in zip(by_file.items(), sorted_out):
            print(f"mutants: {file}: {len(own)} mutants, {len(own) - len(wrong)} that compile and differ", flush=True)
            out.update(wrong)
    good = numbered(mutant for mutant in mutants if mutant.name not in out)
    release = (tree / "include/config/kernel.release").read_text(encoding="utf-8").strip()
    return {
        "kernel": release,
        "generated": len(mutants),
        "not compiled": sorted(name for name, why in out.items() if why == "does not compile"),
        "equal": {name: why for name, why in sorted(out.items()) if why != "does not compile"},
        "mutants": {mutant.name: {"number": number, "feature": mutant.feature, "function": mutant.function,
                                  "file": mutant.file, "line": mutant.line} for number, mutant in good},
    }


def build_module(tree: Path, rows: list[Listed], manifest: dict) -> None:
    """KVM's modules in the tree get all mutants that the manifest numbers."""
    numbers = manifest["mutants"]
    good = [(numbers[mutant.name]["number"], mutant) for mutant in all_mutants(originals(tree), rows)
            if mutant.name in numbers]
    good.sort(key=lambda pair: pair[0])
    for file in dict.fromkeys(row.file for row in rows):
        own = [pair for pair in good if pair[1].file == file]
        if own or file == schemata.HOME:
            schemata.write(originals(tree), tree / file, file, own)
        elif not filecmp.cmp(originals(tree) / file, tree / file, shallow=False):
            shutil.copy(originals(tree) / file, tree / file)
    _make(tree, rows)


def absent(tree: Path, rows: list[Listed]) -> list[str]:
    """Functions of the list that this kernel does not have."""
    texts = {row.file: (originals(tree) / row.file).read_text(encoding="utf-8") for row in rows}
    return sorted({row.function for row in rows if not ctext.find_function(texts[row.file], row.function)})


def read_manifest(tree: Path) -> dict:
    return json.loads((tree / "mutants/manifest.json").read_text(encoding="utf-8"))


def write_manifest(tree: Path, manifest: dict) -> None:
    _write(tree / "mutants/manifest.json", manifest)


def _write(path: Path, value: dict) -> None:
    _write_text(path, json.dumps(value, indent=1) + "\n")


def _write_text(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.rename(path)
