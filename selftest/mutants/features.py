# SPDX-License-Identifier: BSD-2-Clause
"""features.tsv: what is run against the mutants of a feature."""

import configparser
from dataclasses import dataclass
from pathlib import Path

from generate import HERE, table

OWN_SECONDS = 20  # ten times what it takes: where much fails, the rest tells no more
CONFIGURATIONS = HERE.parent.parent / "unittests.cfg"


@dataclass(frozen=True)
class Feature:
    tests: list[str]
    own: str  # the configuration of the stage that the tests have to themselves
    stages: list[list[str]]


def features(path: Path = HERE / "features.tsv") -> dict[str, Feature]:
    """All of them. Before the stages of the list comes one of the feature's own tests alone, which takes a few seconds:
    own-FEATURE."""
    return {name: Feature(tests.split(), own, [[f"own-{name}"], *(stage.split() for stage in configurations.split("|"))])
            for name, tests, own, configurations in table(path, 4)}


def configurations() -> str:
    """unittests.cfg, and own-FEATURE for each feature: a configuration with the feature's own tests alone."""
    text = CONFIGURATIONS.read_text(encoding="utf-8")
    sections = configparser.ConfigParser(interpolation=None, delimiters=["="], comment_prefixes=["#"])
    sections.read_string(text)
    for name, feature in features().items():
        values = dict(sections[feature.own])
        values["append"] = f"{values.get('append', '')} run={','.join(feature.tests)}".strip()
        values["timeout"] = str(OWN_SECONDS)
        text += f"\n[own-{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
    return text
