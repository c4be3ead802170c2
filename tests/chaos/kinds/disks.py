"""A reports folder that is full, or may only be read: from the start, or from some moment on."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from functools import cache, partial

from tests.chaos.case import Case, moments
from tests.chaos.stage import Stage

KIND = "disk full, or read-only"
_EACH = 4
_PROFILE = "gitlab"
# A mount namespace of its own: what is mounted there goes with the process. Its files are copied out at the end.
# $1 the folder, $2 where to copy it, $3 seconds until it happens, $4 what happens; then the run's command.
_SCRIPT = """
reports=$1 copy=$2 later=$3 what=$4; shift 4
mount -t tmpfs -o size=8m chaos "$reports" || exit 99
spoil() {
    case $what in
        full) dd if=/dev/zero of="$reports/others" bs=4k >/dev/null 2>&1; : ;;
        nearly) dd if=/dev/zero of="$reports/others" bs=4k count=2037 >/dev/null 2>&1; : ;;
        # On top of itself: what is open for writing keeps the first mount from becoming read-only.
        read-only) mount --bind "$reports" "$reports" && mount -o remount,ro,bind "$reports" ;;
    esac
}
if [ "$later" = 0 ]; then spoil; else (sleep "$later"; spoil) & fi
"$@"
code=$?
rm -f "$reports/others" 2>/dev/null
cp -a "$reports/." "$copy"
exit $code
"""


def cases(chance: random.Random) -> list[Case]:
    """Each from the start and in mid-run."""
    lacking = _lacking()
    return [
        Case(KIND, f"disk-{what}-{number}", partial(_spoilt, what, moment), (_PROFILE,), lacking)
        for what in ("full", "nearly", "read-only")
        for number, moment in enumerate([0.0, *moments(_EACH - 1, chance.random)])
    ]


@cache
def _lacking() -> str:
    if os.geteuid() != 0:
        return "needs root, to mount a small disk"
    mounts = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m chaos /mnt"]
    try:
        tried = subprocess.run(mounts, capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unshare: {error}"
    return "" if tried.returncode == 0 else f"unshare: {tried.stderr.decode(errors='replace').strip()}"


def _spoilt(what: str, moment: float, stage: Stage) -> None:
    standin = stage.standin()
    disk, copy = stage.folder / "disk", stage.folder / "reports"
    disk.mkdir()
    copy.mkdir()
    later = f"{moment * stage.plan.quiet[_PROFILE].seconds:.2f}" if moment else "0"
    before = ["unshare", "-m", "sh", "-c", _SCRIPT, "sh", str(disk), str(copy), later, what]
    run = stage.start(_PROFILE, daemon=standin, reports=disk, before=before)
    stage.end(run, _PROFILE)
    # What cannot be written is said, in the exit code too; what could be is whole.
    stage.ended_with(run, 0, 2, 3)
    if run.code == 0:
        stage.reported(run, _PROFILE, (0,))
    else:
        said = run.printed().decode("utf-8", "replace").lower()
        if not any(words in said for words in ("no space left", "read-only", "cannot write", "could not be written")):
            stage.findings.problems.append("the run does not say what is wrong with the reports folder")
        stage.junit_is_valid()
    # The ledger is gone with the disk; nothing may be left for it.
    shutil.rmtree(copy / "ledger", ignore_errors=True)
    stage.nothing_left()
