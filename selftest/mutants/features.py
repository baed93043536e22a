# SPDX-License-Identifier: BSD-2-Clause
"""features.tsv: what is run against the mutants of a feature."""

import configparser
from dataclasses import dataclass
from pathlib import Path

from generate import HERE, table

CONFIGURATIONS = HERE.parent.parent / "unittests.cfg"


@dataclass(frozen=True)
class Feature:
    tests: list[str]
    stages: list[list[str]]


def features(path: Path = HERE / "features.tsv") -> dict[str, Feature]:
    """All of them. Before the stages of the list comes one of the feature's own tests alone, which takes a second or two:
    own-FEATURE."""
    found = {}
    for name, tests, configurations in table(path, 3):
        stages = [stage.split() for stage in configurations.split("|")]
        own = [] if _tests(_read(CONFIGURATIONS), stages[0][0]) else [[f"own-{name}"]]
        found[name] = Feature(tests.split(), own + stages)
    return found


def configurations() -> str:
    """unittests.cfg, with own-FEATURE for each feature: its first configuration, with its own tests. Where that one is
    about few tests already, it is not needed."""
    text, sections = CONFIGURATIONS.read_text(encoding="utf-8"), _read(CONFIGURATIONS)
    for name, feature in features().items():
        if feature.stages[0] == [f"own-{name}"]:
            values = dict(sections[feature.stages[1][0]])
            values["append"] = f"{values.get('append', '')} run={','.join(feature.tests)}".strip()
            text += f"\n[own-{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
    return text


def _read(path: Path) -> configparser.ConfigParser:
    sections = configparser.ConfigParser(interpolation=None, delimiters=["="], comment_prefixes=["#"])
    sections.read(path, encoding="utf-8")
    return sections


def _tests(sections: configparser.ConfigParser, configuration: str) -> bool:
    return "run=" in sections[configuration].get("append", "")
