"""An engine's life: launched in namespaces of its own, ready when it answers, ended with everything it holds."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.engine import images, packages, registry
from tests.engine.packages import EngineError

REPOSITORY = Path(__file__).parents[2]
INIT = Path(__file__).with_name("init.sh")
REGISTRY_PORT = 5000
SECONDS_TO_READY = 60
SECONDS_TO_STOP = 30
_PODMANS = "libpod_parent"  # podman's cgroup, whose name cannot be chosen


def up(suite: str, folder: Path) -> Path:
    """Bring a suite's engine up; returns its socket. An engine that already runs in ``folder`` is used as it is."""
    folder = folder.resolve()
    sock = folder / "docker.sock"
    if _init_pid(folder) is not None:
        if _pings(sock):
            return sock
        raise EngineError(f"the engine in {folder} runs but does not answer; end it with: down --dir {folder}")
    if os.geteuid() != 0:
        raise EngineError("an engine needs root; run this as root")
    if folder.is_relative_to("/run") or folder.is_relative_to("/opt"):
        raise EngineError(f"--dir {folder}: the engine has a /run and /opt of its own; choose another place")
    folder.mkdir(parents=True, exist_ok=True)
    _configure(folder)
    packages.lend_from_system()
    root = packages.unpack(suite, folder)
    registry.store(images.build(), folder / "registry")
    command = ["dockerd", "--config-file", str(folder / "daemon.json")]
    if suite == packages.PODMAN:
        _configure_podman(root, folder)
        command = ["podman", "system", "service", "--time", "0", f"unix://{sock}"]
    _launch(root, folder, sock, command)
    return sock


def down(folder: Path) -> None:
    """End the engine of ``folder`` and remove the folder; processes, mounts and devices end with its first process."""
    folder = folder.resolve()
    if not folder.exists():
        return
    if not (folder / "daemon.json").exists():
        raise EngineError(f"{folder} is not an engine's folder; give the --dir that `up` was given")
    pid = _init_pid(folder)
    if pid is not None:
        _end(pid)
    groups = Path("/sys/fs/cgroup")
    for group in sorted(groups.rglob(f"{_cgroup(folder)}/**/"), reverse=True):
        group.rmdir()
    if (folder / "root/usr/bin/podman").exists():
        for group in sorted(groups.rglob(f"{_PODMANS}/**/"), reverse=True):
            with contextlib.suppress(OSError):  # another podman uses it
                group.rmdir()
    shutil.rmtree(folder)


def _configure(folder: Path) -> None:
    settings = {
        "hosts": [f"unix://{folder}/docker.sock"],
        "group": "root",
        "data-root": f"{folder}/data",
        "exec-root": f"{folder}/exec",
        "pidfile": f"{folder}/docker.pid",
        # With systemd as cgroup driver the machine's systemd would own the containers.
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": f"/{_cgroup(folder)}",
        "registry-mirrors": [f"http://127.0.0.1:{REGISTRY_PORT}"],
    }
    (folder / "daemon.json").write_text(json.dumps(settings, indent=1) + "\n")


def _configure_podman(root: Path, folder: Path) -> None:
    """Its own settings, where it looks for them: its packages' files lie over the system's in its namespace."""
    settings = {
        "containers.conf": '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{folder}/networks"\n',
        "storage.conf": f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/data"\nrunroot = "/run/containers"\n',
        "registries.conf": 'unqualified-search-registries = ["docker.io"]\n'
        '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n'
        f'[[registry.mirror]]\nlocation = "127.0.0.1:{REGISTRY_PORT}"\ninsecure = true\n',
    }
    for name, text in settings.items():
        (root / "etc/containers" / name).write_text(text)


def _launch(root: Path, folder: Path, sock: Path, command: list[str]) -> None:
    env = {
        "PATH": f"{root}/usr/bin:{root}/usr/sbin:{packages.SYSTEM_PATH}",
        "FOLDER": str(folder),
        "ROOT": str(root),
        "PYTHON": sys.executable,
        "REGISTRY_PORT": str(REGISTRY_PORT),
    }
    # The first process of the PID namespace has to reap and pass on signals: tini does both.
    inside = ["tini-static", "--", "sh", str(INIT), str(folder), *command]
    argv = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", *inside]
    log = folder / "engine.log"
    with log.open("wb") as said:
        outer = subprocess.Popen(
            argv, env=env, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
    deadline = time.monotonic() + SECONDS_TO_READY
    while not _pings(sock):
        try:
            code = outer.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
            outer.kill()
            raise EngineError(f"{command[0]} did not answer within {SECONDS_TO_READY} s; {_last_lines(log)}") from None
        raise EngineError(f"{command[0]} ended with {code}; {_last_lines(log)}")
    init = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
    (folder / "engine.pid").write_text(init[0] + "\n")


def _pings(sock: Path) -> bool:
    connection = http.client.HTTPConnection("engine", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(5)
    try:
        connection.sock.connect(str(sock))
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _init_pid(folder: Path) -> int | None:
    """The engine's first process if it runs; the folder on its command line tells it from a later one of its number."""
    try:
        pid = int((folder / "engine.pid").read_text())
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid if str(folder).encode() in arguments else None


def _end(pid: int) -> None:
    process = os.pidfd_open(pid)
    try:
        # The engine may end its containers first; what is left then goes with the namespace's first process.
        for sent, seconds in ((signal.SIGTERM, SECONDS_TO_STOP), (signal.SIGKILL, SECONDS_TO_STOP)):
            signal.pidfd_send_signal(process, sent)
            if select.select([process], [], [], seconds)[0]:
                return
    finally:
        os.close(process)
    raise EngineError(f"process {pid} of the engine did not end within {SECONDS_TO_STOP} s of SIGKILL")


def _cgroup(folder: Path) -> str:
    return "engine-" + hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return f"{log} ends with: {' / '.join(lines[-3:]) or 'nothing'}"
