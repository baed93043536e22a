# SPDX-License-Identifier: BSD-2-Clause
"""What is run while selftest/faults kills it: the tree that run_tests.sh is given."""
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHORT = ("one", "two", "three")
# What asks the runner for something, by its name in unittests.cfg, with few tests, which ask for all of it.
STATE = {
    "paused": "paused.flag_is_set*,paused.ten_pauses*",
    "saved": "saved.flag_is*,saved.the_same_state*",
    "evicted": "evicted.kvmclock*,evicted.without_events*,evicted.no_write*",
    "suspended": "suspended.no_vcpu*,suspended.no_interrupt*",
    "hotplug": "hotplug.*",
    "host_clock": "host_clock.every_vcpu_gets*,host_clock.time_never_goes_back_while_a_cpu*",
    "counted": "counted.*",
    "counted-polling": "counted_polling.*",
    "reset": "reset.*",
}
# Those with processes that help pvrun: the server of cold memory, and what changes the host.
HELPED = ("evicted", "host_clock")
RUN_CONFIGURATIONS = 3


def choose(chance, part, state):
    """The names of a run's configurations."""
    if not state:
        return list(SHORT)
    first = [chance.choice(HELPED)] if part == "helper" else []
    return first + chance.sample([name for name in STATE if name not in first], RUN_CONFIGURATIONS - len(first))


def section(text, name):
    """A section of unittests.cfg, without its head."""
    return re.search(rf"^\[{re.escape(name)}\]\n((?:.+\n)+)", text, re.MULTILINE).group(1)


def make(folder):
    tree = os.path.join(folder, "tree")
    os.mkdir(os.path.join(folder, "tmp"))
    os.mkdir(tree)
    for name in ("build", "nested-host", "run_tests.sh"):
        os.symlink(os.path.join(TOP, name), os.path.join(tree, name))
    os.symlink(os.path.join(TOP, "selftest/kills/in-host"), os.path.join(tree, "in-host"))
    with open(os.path.join(TOP, "unittests.cfg")) as file:
        text = file.read()
    with open(os.path.join(tree, "unittests.cfg"), "w") as file:
        file.write("[defaults]\n" + section(text, "defaults").replace("accel = kvm\n", ""))
        for name in SHORT:
            file.write(f"\n[{name}]\nappend = run=cpuid.*,kvmclock_area.*\n")
        for name, tests in STATE.items():
            file.write(f"\n[{name}]\n" + re.sub(r"run=\S+", f"run={tests}", section(text, name)))
    return tree
