"""A runner without Docker: it asks a coordinator as ``gitlab-runner run-single`` does, and runs scripts in a shell.

Started under a name that ends in one of ``FAULTS``, it does that one thing wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
import urllib.request
import zlib
from pathlib import Path
from typing import Any

FAULTS = ("always-succeeds", "at-the-end", "loses-stderr", "never-asks", "never-ends", "no-cache", "garbled-log")
_BRISK = 0.05  # of the seconds that a script wants to sleep


def main(fault: str) -> int:
    arguments = sys.argv[1:]
    if fault == "never-asks":
        print("panic: nothing works here")
        return 1
    file = Path(arguments[arguments.index("--config") + 1])
    config = tomllib.loads(file.read_text())["runners"][0]
    job = _call("POST", f"{config['url']}/api/v4/jobs/request", {"token": config["token"], "info": {"name": "fake"}})
    if job is None:
        return 0
    Job(config["url"], job, fault, file.parent.parent / config["token"]).run()
    return 0


def _call(method: str, url: str, said: dict[str, Any]) -> dict[str, Any] | None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(said).encode(), headers, method=method)
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
        return json.loads(body) if body else None


class Job:
    """One job; ``cache`` is a folder that runners of one token share."""

    def __init__(self, url: str, payload: dict[str, Any], fault: str, cache: Path) -> None:
        self.url = f"{url}/api/v4/jobs/{payload['id']}"
        self.payload = payload
        self.fault = fault
        self.cache = cache
        self.log = b""
        self.sent = 0
        self.is_cancelled = False

    def run(self) -> None:
        if self.fault == "never-ends":
            time.sleep(600)
        steps = {step["name"]: step["script"] for step in self.payload["steps"]}
        reason, code = self._prepare() or self._script(steps["script"])
        if "after_script" in steps and not self.is_cancelled:
            self._script(steps["after_script"])
        if self.fault == "always-succeeds":
            reason, code = "", 0
        self._send(is_last=True)
        log = self.log + b"?" if self.fault == "garbled-log" else self.log
        end = {"state": "failed" if reason else "success", "output": {"checksum": f"crc32:{zlib.crc32(log):08x}"}}
        end |= {"failure_reason": reason} if reason else {}
        end |= {"exit_code": code} if code else {}
        _call("PUT", self.url, end)

    def _prepare(self) -> tuple[str, int] | None:
        for service in self.payload["services"]:
            if "entrypoint" in service:
                said = service["command"][0].partition("'")[2].partition("'")[0]
                self._say(
                    f"*** WARNING: the service probably didn't start properly.\n2026-01-01T00:00:00Z {said}\n{said}"
                )
        image = self.payload["image"]["name"]
        if ".invalid" in image:
            self._say(f"ERROR: Job failed: failed to pull image {image}")
            return "image_pull_failure", 0
        return None

    def _script(self, commands: list[str]) -> tuple[str, int]:
        limit = self.payload["runner_info"]["timeout"]
        for command in commands:
            self._say(f"\x1b[32;1m$ {command}\x1b[0;m")
            if self.is_cancelled:
                return "script_failure", 0
            if command.startswith("sleep") and float(command.split()[1]) > limit:
                return "job_execution_timeout", 0
            code = self._run(command)
            if code:
                return "script_failure", code
        return "", 0

    def _run(self, command: str) -> int:
        if self.payload["cache"] and self.fault != "no-cache":
            self.cache.mkdir(exist_ok=True)
        folder = self.cache if self.cache.exists() else None
        # Nobody listens where this runs; and no test waits for as long as a real script sleeps.
        real = (
            command.partition("&& ")[2] if command.startswith("nc ") else command.replace("sleep 5", f"sleep {_BRISK}")
        )
        streams = subprocess.DEVNULL if self.fault == "loses-stderr" else subprocess.STDOUT
        argv = ["sh", "-c", real]
        with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=streams) as process:
            assert process.stdout is not None
            for line in process.stdout:
                self._say(line.decode().rstrip("\n"))
        return process.returncode

    def _say(self, text: str) -> None:
        self.log += f"{text}\n".encode()
        if self.fault != "at-the-end":
            self._send()

    def _send(self, *, is_last: bool = False) -> None:
        piece = self.log[self.sent :]
        if not piece:
            return
        headers = {"Content-Type": "text/plain", "Content-Range": f"{self.sent}-{len(self.log) - 1}"}
        request = urllib.request.Request(f"{self.url}/trace", piece, headers, method="PATCH")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 202, answer.status
            self.is_cancelled = answer.headers["Job-Status"] == "canceled"
        self.sent = len(self.log)
        assert not is_last or self.sent == len(self.log)


if __name__ == "__main__":
    sys.exit(main(next((fault for fault in FAULTS if sys.argv[0].endswith(fault)), "")))
