"""An engine's packages of any Debian suite, unpacked into a folder without touching the system's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PODMAN = "podman"
# What an engine is made of. runc is not among them: newer ones need a newer glibc, the system's own serves every suite.
PACKAGES = {
    PODMAN: (
        *("podman", "conmon", "netavark", "aardvark-dns", "tini", "libsubid4", "libgpgme11", "libassuan0"),
        *("golang-github-containers-common", "golang-github-containers-image"),
    ),
    "bookworm": ("docker.io", "containerd", "tini"),
    "trixie": ("docker.io", "docker-cli", "containerd", "tini"),
    "sid": ("docker.io", "docker-cli", "containerd", "tini-static"),
}
RELEASES = {PODMAN: "bookworm"}  # where the name is not the suite's
# What the system itself has to lend, as command -> package.
LENT = {"runc": "runc", "iptables": "iptables", "busybox": "busybox-static", "ip": "iproute2", "nsenter": "util-linux"}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MINUTES_OF_APT = 10


class EngineError(Exception):
    """Why there is no engine, in one line."""


def run(argv: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None, minutes: float = 1) -> str:
    """A command's output; ``EngineError`` with the end of what it said when it fails or exceeds its minutes."""
    try:
        done = subprocess.run(
            argv,
            env=env,
            cwd=cwd,
            timeout=minutes * 60,
            text=True,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as missing:
        raise EngineError(f"{argv[0]} is not installed") from missing
    except subprocess.TimeoutExpired as late:
        raise EngineError(f"{' '.join(argv[:3])} … did not end within {minutes:g} minutes") from late
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise EngineError(f"{' '.join(argv[:3])} … ended with {done.returncode}: {' / '.join(said[-3:])}")
    return done.stdout


def lend_from_system() -> None:
    """Install from Debian what the system lacks of ``LENT``."""
    absent = [package for command, package in LENT.items() if shutil.which(command, path=SYSTEM_PATH) is None]
    if absent:
        run(["apt-get", "update", "-q"], minutes=MINUTES_OF_APT)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "install", "-qy", "--no-install-recommends", *absent], env=env, minutes=MINUTES_OF_APT)


def debian_mirror() -> str:
    """Where this machine gets Debian from: the engine's suite comes from the same place, through the same proxy."""
    targets = _index_targets()
    if not targets:
        run(["apt-get", "update", "-q"], minutes=MINUTES_OF_APT)
        targets = _index_targets()
    if not targets:
        raise EngineError("apt knows no Debian mirror; add one to /etc/apt/sources.list")
    return targets[0]


def _index_targets() -> list[str]:
    # The security archive has another layout; only the main archive of the installed release carries every suite.
    layout = "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)"
    lines = run(["apt-get", "indextargets", "--format", layout, "Created-By: Packages"]).splitlines()
    fields = [line.split() for line in lines]
    return [field[3] for field in fields if field[0] == "Debian" and "-" not in field[1] and field[2] == "main"]


def unpack(suite: str, folder: Path) -> Path:
    """The engine of a suite below ``folder``; returns the root of what was unpacked.

    apt gets a root of its own, with an empty status file, so that it neither sees nor changes the system's packages.
    """
    root = folder / "root"
    if (root / ("usr/bin/podman" if suite == PODMAN else "usr/sbin/dockerd")).exists():
        return root
    apt = folder / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True, exist_ok=True)
    debs = folder / "debs"
    debs.mkdir(exist_ok=True)
    (apt / "status").touch()
    # sid's Release file is often past its Valid-Until on mirrors and snapshots.
    options = "check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "sources.list").write_text(f"deb [{options}] {debian_mirror()} {RELEASES.get(suite, suite)} main\n")
    (apt / "apt.conf").write_text(
        f'Dir::State "{apt}";\nDir::State::status "{apt}/status";\nDir::State::lists "{apt}/lists";\n'
        f'Dir::Cache "{apt}/cache";\nDir::Etc::sourcelist "{apt}/sources.list";\nDir::Etc::sourceparts "-";\n'
        'APT::Sandbox::User "root";\n'
    )
    env = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    run(["apt-get", "update", "-q"], env=env, minutes=MINUTES_OF_APT)
    run(["apt-get", "download", "-q", *PACKAGES[suite]], env=env, cwd=debs, minutes=MINUTES_OF_APT)
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg-deb", "-x", str(deb), str(root)])
    return root
