"""``sockerless-acceptance``, the command of an installed wheel, in which all lies in one folder of site-packages."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """``support.cli.run``, found where this file is, as ``./acceptance`` finds it in a clone."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from support.cli import run  # noqa: PLC0415 - from the folder that is on the path only now

    return run()
