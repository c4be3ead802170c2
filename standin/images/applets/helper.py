"""What the stand-in has of ``gitlab-runner-helper``: ``cache-init FOLDER …`` and ``health-check``."""

import os
import socket
import sys
import time
from pathlib import Path

PAUSE = 0.2  # seconds between two attempts; GitLab Runner ends the check when its own time is up


def cache_init(folders: list[str]) -> None:
    """Volumes are for whichever user a job runs as."""
    if not folders:
        sys.exit("No arguments passed")
    for folder in folders:
        Path(folder).chmod(0o777)


def health_check() -> None:
    """Until every port that the environment names accepts a connection."""
    address = next((value for name, value in os.environ.items() if name.endswith("TCP_ADDR")), "")
    ports = [value for name, value in os.environ.items() if name.endswith("TCP_PORT")]
    if not address or not ports:
        sys.exit("No HOST or PORT found")
    sys.stdout.write(f"waiting for TCP connection to {address} on {ports}...\n")
    sys.stdout.flush()
    for port in ports:
        while True:
            try:
                socket.create_connection((address, int(port)), 1).close()
                break
            except OSError:
                time.sleep(PAUSE)


def main() -> None:
    command, *rest = sys.argv[1:] or ("",)
    if command == "cache-init":
        cache_init(rest)
    elif command == "health-check":
        health_check()
    else:
        sys.exit(f"gitlab-runner-helper: the stand-in has no {command!r}; serve it with --helper PATH for the real one")


main()
