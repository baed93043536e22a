# SPDX-License-Identifier: BSD-2-Clause
"""One boot of a nested host that runs a plan of mutants (in-host), and what it says."""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from features import configurations
from generate import HERE

ROOT = HERE.parent.parent
WORK = Path("build/mutants")  # below ROOT, since nested-host/run takes files by relative paths
FILES = ["run_tests.sh", "build/kvm-pv-tests", "build/kvm-pv-tests.pvh", "build/runner/pvbatch",
         "build/runner/pvrun", "build/runner/kvm-probe", "build/runner/kvm-pv-features", "selftest/mutants/in-host",
         "build/vmm", "selftest/vmm/run"]
# How long a host may write nothing, not even that it is alive, and how long a boot may take.
SILENT_SECONDS = 60
BOOT_SECONDS = 4 * 3600


def folder_of(args: argparse.Namespace) -> Path:
    return WORK / f"{args.host}-{os.getpid()}"


def prepare(args: argparse.Namespace) -> None:
    """The host's own kernel and modules, and KVM's from the tree instead of its own."""
    for other in (ROOT / WORK).glob(f"{args.host}-[0-9]*"):  # of runs that were killed
        if not Path("/proc", other.name.rpartition("-")[2]).exists():
            shutil.rmtree(other, ignore_errors=True)
    folder = ROOT / folder_of(args)
    folder.mkdir(parents=True)
    (folder / "unittests.cfg").write_text(configurations(), encoding="utf-8")
    subprocess.run([ROOT / "selftest/damaged-host", args.host, folder], check=True)
    for module in ("kvm", "kvm-amd"):
        target = folder / "modules" / f"{module.replace('-', '_')}.ko"
        subprocess.run(["strip", "-g", "-o", target, args.tree / f"arch/x86/kvm/{module}.ko"], check=True)


def remove(args: argparse.Namespace) -> None:
    shutil.rmtree(ROOT / folder_of(args), ignore_errors=True)


def append(path: Path, record: dict) -> None:
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps(record) + "\n")


def named(record: dict, names: dict[int, str]) -> dict:
    """With the mutant's name instead of its number."""
    number = record.pop("number")
    return {"mutant": names[number], **record}


def boot(args: argparse.Namespace, number: int, plan: list[tuple[int, list[str]]],
         keep: Callable[[dict], None]) -> bool:
    """True if anything ran."""
    folder = folder_of(args)
    path = folder / f"plan-{number}"
    (ROOT / path).write_text("".join(f"{n} {' '.join(c)}\n" for n, c in plan), encoding="utf-8")
    reading, writing = os.pipe()
    # The host must not outlive this program, whatever ends it.
    command = ["setpriv", "--pdeathsig", "TERM", "nested-host/run", "--events", str(writing),
               "--output-limit", str(SILENT_SECONDS), "--time-limit", str(BOOT_SECONDS),
               "--host-kernel", str(folder / "vmlinuz"), "--host-modules", str(folder), args.host, *FILES,
               str(folder / "unittests.cfg"), str(path),
               "--", "bash", "selftest/mutants/in-host", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace", pass_fds=[writing]) as child:
        os.close(writing)
        current = _listen(child.stdout, keep)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as said:
        notes = [line.rstrip("\n").split("\t", 1) for line in said]
    ends = [text for kind, text in notes if kind in ("hung", "panicked", "died", "flood")]
    if current and "configuration" in current and ends:
        keep({**current, "host": ends[-1]})
    return bool(current)


def _listen(lines, keep: Callable[[dict], None]) -> dict:
    """What was going on when the host ended: a number, with a configuration if it ran; nothing if nothing began."""
    current: dict = {}
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        kind = event.get("event")
        if kind == "loaded":
            current = {"number": event["number"]}
        elif kind == "started":
            current = {"number": event["number"], "configuration": event["configuration"]}
        elif kind == "ran":
            keep(_record(event))
            current = {"number": event["number"]}
        elif kind in ("warned", "unloadable"):
            keep({"number": event["number"], kind: event["text"]})
        elif kind == "stuck" and current:
            keep({**current, "host": event["text"]})
            current = {"number": current["number"]}
    return current


def _record(event: dict) -> dict:
    result = event.get("result", {})
    return {"number": event["number"], "configuration": event["configuration"], "status": event["status"],
            "seconds": event["seconds"], "end": result.get("end"), "errors": result.get("errors", [])[:3],
            "tests": {test["name"]: test["verdict"] for test in result.get("tests", [])}}
