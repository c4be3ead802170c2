"""With the stand-in no call reaches real AWS."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.settings import ROOT


class Canary(BaseHTTPRequestHandler):
    """Pretends to be AWS and notes whoever comes."""

    seen: list[str] = []  # noqa: RUF012 - one canary in a process

    def do_POST(self):
        self.seen.append(f"{self.path} {self.headers.get('X-Amz-Target')}")
        self.send_response(200)
        self.end_headers()

    do_GET = do_PUT = do_CONNECT = do_POST  # noqa: N815 - http.server's names

    def log_message(self, *_):
        """Quietly."""


def test_no_call_reaches_aws_from_a_run_on_the_stand_in(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    tempting = {
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_ECS": url,
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "http_proxy": url,
        "ALL_PROXY": url,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "behave", "--tags=@TST-010-AC-04", "-D", "target=standin", "-D", f"reports={tmp_path}"],
        cwd=ROOT,
        env={**os.environ, **tempting, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    server.shutdown()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert Canary.seen == []


def test_the_suite_runs_itself_as_its_users_do(serve):
    run = serve().run("@TST-010-AC-01 or @TST-010-AC-02")
    assert run.exit_code == 0, run.printed
    assert [verdict for _, verdict, *_ in run.judged] == ["passed", "passed"]
