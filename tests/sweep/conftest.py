"""A daemon in memory, ledgers that runs left, and the command as people give it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import folders
from support.cleanup import ledger as ledger_module
from support.cleanup import sweep
from support.cleanup.inventory import RUN_LABEL
from tests.core.fakes import Server, serving
from tests.core.memory_docker import MemoryDocker

DEAD = "dead5ca1ab"


@dataclass
class Swept:
    """What a sweep said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def things(self) -> list[str]:
        """What was listed, without where and whose."""
        return [line.partition(", ")[0] for line in self.out.splitlines()]


class Scene:
    """A reports folder and a daemon."""

    def __init__(self, reports: Path, docker: MemoryDocker, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
        self.reports, self.docker, self.server = reports, docker, server
        self.url = server.endpoint.url
        self._capsys = capsys

    def sweep(self, *arguments: str) -> Swept:
        code = sweep.main(["-D", f"reports={self.reports}", *arguments])
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return Swept(code, captured.out, captured.err)

    def ledger(self, run: str = DEAD, *entries: dict[str, Any], url: str = "") -> Path:
        """The ledger of a run that is over, with what it noted."""
        path = self.reports / "ledger" / f"{run}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [{"run": run, "target": url or self.url, "began": 1.9e9}, *entries]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def folder(self, name: str, what: str = "a run") -> Path:
        """A temporary folder of somebody of ours who was killed."""
        path = self.reports.parent / name
        path.mkdir()
        (path / folders.MARKER).write_text(json.dumps({"what": what, "pid": 1}))
        return path

    def there(self, kind: str, name: str, run: str = DEAD, **more: Any) -> dict[str, str]:
        """A thing in the daemon, labelled as a run's (empty: nobody's); its note."""
        self.docker.add(f"{kind}s", name, Labels={RUN_LABEL: run} if run else {}, **more)
        return {"kind": kind, "name": name}


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in [name for name in os.environ if name.startswith(("SOCKERLESS_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(folders, "roots", lambda *more: [tmp_path.resolve(), *more])  # none of this machine's own
    monkeypatch.setattr(ledger_module, "_GONE_WITHIN", 0.0)  # what is not removed at once stays, in these tests
    docker = MemoryDocker()
    with serving(docker.serve) as server:
        yield Scene(tmp_path / "reports", docker, server, capsys)
