# SPDX-License-Identifier: BSD-2-Clause
"""Kills in a nested host, which selftest/kills/in-host does there: the plan, and what comes of it."""
import json
import os
import signal
import subprocess

import jsonschema

from kills import tree

# What run_tests.sh needs there, and what kills it.
FILES = ("run_tests.sh", "unittests.cfg", "build/kvm-pv-tests", "build/kvm-pv-tests.pvh", "build/runner", "in-host")
# For a moment: until the run has ended, where that is slow.
MOMENT_SECONDS = 500


def check_results(folder, validator, allowed):
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path) or os.path.dirname(path) == folder:
                continue
            if not allowed.fullmatch(name):
                yield f"{path} was left in the results"
            elif name.endswith(".json") and name != "report.json":
                try:
                    with open(path) as file:
                        validator.validate(json.load(file))
                except (ValueError, jsonschema.ValidationError) as error:
                    yield f"{path}: {str(error)[:200]}"


def disturb(folder, host, moments, validator, allowed):
    """The faults that were found, as sentences."""
    found = []
    results = os.path.join(folder, "results")
    plans = [f"{part} {signal.Signals(number).name[3:]} {moment:.2f} {int(choice * 1000)} {' '.join(configurations)}"
             for part, number, moment, choice, configurations in moments]
    command = [os.path.join(tree.TOP, "nested-host/run"), "--results", results, "--time-limit",
               str(MOMENT_SECONDS * (len(plans) + 1)), host, *FILES, "--", "sh", "in-host", *plans]
    with subprocess.Popen(command, cwd=os.path.join(folder, "tree"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as process:
        done = 0
        for line in process.stdout:
            said = json.loads(line)
            done += 1
            found += [f"{said['plan']}: {fault}" for fault in said["faults"]]
            what = said["killed"] or "none, the run had ended"
            print(f"{said['plan']}: {what}; exit status {said['status']}; "
                  f"{'FAULTS' if said['faults'] else 'left nothing'}", flush=True)
    if done < len(plans):
        found.append(f"only {done} of {len(plans)} moments came to their end; exit status {process.returncode}")
    found += check_results(results, validator, allowed)
    return found
