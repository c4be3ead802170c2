"""How users call the suite: ``./acceptance`` in a clone, ``sockerless-acceptance`` where a wheel is installed."""

from __future__ import annotations

from pathlib import Path

IS_CLONE = (Path(__file__).resolve().parents[1] / "acceptance").is_file()
PROGRAM = "./acceptance" if IS_CLONE else "sockerless-acceptance"
