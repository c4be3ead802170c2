"""The reports of the run before, which nobody may take for those of this one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SUFFIX = ".earlier"


class EarlierReports:
    """Out of sight from the beginning of a run; back in their place if the run was only a mistake, else removed."""

    def __init__(self) -> None:
        self._moved: dict[Path, Path] = {}

    def set_aside(self, found: Iterable[Path]) -> None:
        """Move these out of the way, each to a hidden file beside it. What cannot be moved is removed, or stays."""
        for path in found:
            hidden = path.with_name(f".{path.name}{_SUFFIX}")
            with suppress(OSError):
                path.replace(hidden)
                self._moved[path] = hidden

    def put_back(self) -> bool:
        """Put them back, but for what another run has written meanwhile; whether there were any."""
        for path, hidden in self._moved.items():
            with suppress(OSError):
                if path.exists():
                    hidden.unlink(missing_ok=True)
                else:
                    hidden.replace(path)
        were_any, self._moved = bool(self._moved), {}
        return were_any

    def drop(self) -> None:
        """Remove them."""
        for hidden in self._moved.values():
            with suppress(OSError):
                hidden.unlink(missing_ok=True)
        self._moved = {}


def drop_forgotten(folder: Path) -> None:
    """Remove what a run that was killed had set aside in a folder."""
    for hidden in folder.glob(f".*{_SUFFIX}"):
        with suppress(OSError):
            hidden.unlink(missing_ok=True)
