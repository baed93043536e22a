# SPDX-License-Identifier: BSD-2-Clause
"""Runs mutants on nested hosts, many in one boot, and keeps what they did."""

import argparse
import random
import threading
from dataclasses import dataclass, field
from pathlib import Path

import build
import host
import verdicts
from failure import die
from features import Feature, features
from progress import Progress, say, say_sum
from reasons import MISSED, Reasons

BATCH = 60  # mutants in one boot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, help="a file of JSON lines; what is in it already is not run again")
    parser.add_argument("--host", default="bookworm", help="whose kernel the tree is of (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="hosts at a time (default: %(default)s)")
    parser.add_argument("--sample", type=int, metavar="N", help="run N mutants, drawn by --seed, and no others")
    parser.add_argument("--seed", type=int, default=1, help="for --sample (default: %(default)s)")
    parser.add_argument("--stages", type=int, default=9, metavar="N", help="run the first N stages of features.tsv")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run these mutants, and no others")
    parser.add_argument("--in", nargs="+", metavar="CONFIGURATION", dest="configurations",
                        help="run them in these, also where a check has failed before, and in no others")


@dataclass
class Rig:
    args: argparse.Namespace
    mutants: dict[str, dict]
    features: dict[str, Feature]
    records: dict[str, list[dict]]
    lock: threading.Lock = field(default_factory=threading.Lock)
    busy: set[str] = field(default_factory=set)
    failures: int = 0

    def __post_init__(self) -> None:
        self.reasons = Reasons()
        self.expected = verdicts.Expected(self.records[""])
        self.progress = Progress(self.chosen())
        self.progress.begin([name for name in self.chosen() if self.is_finished(name)])

    def chosen(self) -> list[str]:
        names = sorted(self.mutants, key=lambda name: self.mutants[name]["number"])
        if self.args.only:
            return [name for name in names if name in set(self.args.only)]
        # In any case shuffled, so that any part of a run is a sample.
        random.Random(self.args.seed).shuffle(names)
        return names[: self.args.sample]

    def deaths(self, name: str) -> int:
        return sum("host" in record for record in self.records[name])

    def left(self, name: str, stage: int) -> list[str]:
        """Configurations of a stage that a mutant still has to pass."""
        records = self.records[name]
        stages = self.reasons.stages(name, self.features[self.mutants[name]["feature"]])
        if self.args.configurations:
            stages = [self.args.configurations]
        elif any(map(self.expected.failed, records)):
            return []
        if verdicts.is_hopeless(records, self.expected):
            return []
        done = {record["configuration"] for record in records if "tests" in record}
        left = [c for c in (stages[stage] if stage < len(stages) else []) if c not in done]
        # As long as VMs do not live, no more than until that is certain.
        ends = len(verdicts.ended(records, self.expected))
        return left[: verdicts.ENDS - ends] if ends else left

    def is_finished(self, name: str) -> bool:
        return not any(self.left(name, stage) for stage in range(self.args.stages))

    def next_batch(self) -> list[tuple[str, list[str]]]:
        """For one boot. First comes the module without a mutant, with all that follows. Mutants that have ended a host
        come last of their stage, and those that are known to be out of reach when nothing else is left."""
        self.reasons = Reasons()  # somebody may have written more
        names = sorted(self.chosen(), key=self.deaths)
        for reachable in (True, False):
            group = [name for name in names if (self.reasons.of(name)[0] == MISSED) == reachable]
            for stage in range(self.args.stages):
                batch = [(name, left) for name in group if name not in self.busy and (left := self.left(name, stage))]
                if batch:
                    return self.boot_with(batch[: min(BATCH, -(-len(names) // self.args.jobs))], stage)
        return []

    def boot_with(self, batch: list[tuple[str, list[str]]], stage: int) -> list[tuple[str, list[str]]]:
        say(f"{self.args.host} boots with {len(batch)} for stage {stage + 1}")
        self.busy |= {name for name, _ in batch}
        wanted = {c: 0 for _, configurations in batch for c in configurations}
        known = [c for c in wanted if self.expected.configurations[c] < 2 or c == "default"]
        return [("", [c]) for c in known or list(wanted)[:1]] + batch

    def keep(self, record: dict) -> None:
        with self.lock:
            name = record["mutant"]
            self.records[name].append(record)
            host.append(self.args.results, record)
            if not name:
                self.expected = verdicts.Expected(self.records[""])
            elif self.is_finished(name):
                self.progress.finished(name, verdicts.judge(self.records[name], self.expected))

    def work(self, number: int) -> None:
        while self.failures < 5:
            with self.lock:
                batch = self.next_batch()
            if not batch:
                return
            name = {self.mutants[n]["number"] if n else 0: n for n, _ in batch}
            plan = [(self.mutants[n]["number"] if n else 0, configurations) for n, configurations in batch]
            ran = host.boot(self.args, number, plan, lambda record, names=name: self.keep(host.named(record, names)))
            with self.lock:
                self.busy -= {n for n, _ in batch}
                self.failures = 0 if ran else self.failures + 1


def run(args: argparse.Namespace) -> None:
    manifest = build.read_manifest(args.tree)
    rig = Rig(args, manifest["mutants"], features(), verdicts.by_mutant(args.results))
    try:
        host.prepare(args)
        threads = [threading.Thread(target=rig.work, args=(number,), daemon=True) for number in range(1, args.jobs + 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        host.remove(args)
    if rig.failures:
        die("five hosts in a row ran nothing: see the messages above")
    judged = verdicts.of_file(args.results)
    say_sum({name: judged[name] for name in rig.chosen() if name in judged}, rig.expected)
