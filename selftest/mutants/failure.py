# SPDX-License-Identifier: BSD-2-Clause
"""One line that says what is wrong, and exit status 2."""

import sys
from typing import NoReturn


def die(text: str) -> NoReturn:
    print(f"mutants: {text}", file=sys.stderr)
    raise SystemExit(2)
