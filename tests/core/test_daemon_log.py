"""A daemon's log holds no secrets, has a bounded size, and goes on where the suite was killed."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

from support import daemon_log
from tests.core.fakes import PATIENCE

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----"


def kept(path: Path, *said: bytes) -> str:
    process = daemon_log.start(path)
    assert process.stdin is not None
    for each in said:
        process.stdin.write(each)
        process.stdin.flush()
    process.stdin.close()
    assert process.wait(PATIENCE) == 0
    return path.read_text()


def test_it_is_whole_and_without_secrets(tmp_path: Path) -> None:
    text = kept(tmp_path / "daemons" / "x.log", b"ready\npass", b"word=hunter2 at https://me:s3cret@host\n\xff last")
    assert text == "ready\npassword=<redacted> at https://<redacted>@host\n\\xff last"
    assert stat.S_IMODE((tmp_path / "daemons" / "x.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "daemons").stat().st_mode) == 0o700


def test_a_line_or_a_key_is_awaited_until_it_is_whole() -> None:
    assert daemon_log._split(b"a\nb") == (b"a\n", b"b")
    begun = KEY.encode()[:40]
    assert daemon_log._split(b"a\n" + begun) == (b"a\n", begun)
    assert daemon_log._split(KEY.encode() + b"\nb") == (KEY.encode() + b"\n", b"b")
    endless = b"x" * 20000
    assert daemon_log._split(endless) == (endless, b""), "nobody waits for the end of this"


def test_of_a_verbose_daemon_the_first_and_the_last_words_are_kept(tmp_path: Path) -> None:
    lines = [b"line %d of what nobody reads\n" % number for number in range(200_000)]
    text = kept(tmp_path / "x.log", *(b"".join(lines[at : at + 5000]) for at in range(0, len(lines), 5000)))
    assert len(text) < 600 * 1024
    assert text.startswith("line 0 of what nobody reads\nline 1 ")
    assert text.endswith("line 199999 of what nobody reads\n")
    first, _, last = text.partition("\n… ")
    left_out, _, last = last.partition(" bytes left out …\n")
    assert len(first) + int(left_out) + len(last) == sum(map(len, lines))


def test_a_daemon_is_not_kept_waiting_by_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = daemon_log.start(tmp_path / "file" / "x.log")
    ended = subprocess.run(["head", "-c", "1000000", "/dev/zero"], stdout=process.stdin, check=False, timeout=PATIENCE)
    assert process.stdin is not None
    process.stdin.close()
    assert (ended.returncode, process.wait(PATIENCE)) == (0, 0)
