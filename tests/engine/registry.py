"""A read-only v2 registry on 127.0.0.1, from a folder: what an engine without internet gets as its registry mirror.

The folder holds ``blobs/<digest>`` and, for each image, ``<repository>/<tag>`` with its manifest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.engine.images import Image

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
ROUTE = re.compile(r"/v2/(?P<name>[a-z0-9/._-]+)/(?P<kind>manifests|blobs)/(?P<reference>[A-Za-z0-9:._-]+)")


def store(images: dict[str, Image], folder: Path) -> None:
    """Lay images out for ``Registry``: manifests by tag and by digest."""
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    for reference, image in images.items():
        name, _, tag = reference.rpartition(":")
        (folder / name).mkdir(parents=True, exist_ok=True)
        for label in (tag, f"sha256:{hashlib.sha256(image.manifest).hexdigest()}"):
            (folder / name / label).write_bytes(image.manifest)
        for digest, content in image.blobs.items():
            (folder / "blobs" / digest).write_bytes(content)


class Registry(BaseHTTPRequestHandler):
    """GET and HEAD of ``/v2/``, manifests and blobs."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if self.path == "/v2/":
            return self._answer(200, b"{}")
        route = ROUTE.fullmatch(self.path)
        if route is None:
            return self._refuse("UNSUPPORTED", "The operation is unsupported.")
        if not (self.folder / route["name"]).is_dir():
            return self._refuse("NAME_UNKNOWN", "repository name not known to registry")
        is_manifest = route["kind"] == "manifests"
        path = self.folder / (route["name"] if is_manifest else "blobs") / route["reference"]
        if not path.is_file():
            return self._refuse("MANIFEST_UNKNOWN" if is_manifest else "BLOB_UNKNOWN", f"{route['kind'][:-1]} unknown")
        return self._answer(200, path.read_bytes(), MANIFEST_TYPE if is_manifest else "application/octet-stream")

    def _refuse(self, code: str, message: str) -> None:
        self._answer(404, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def _answer(self, status: int, body: bytes, media: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        if media == MANIFEST_TYPE:
            self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(body).hexdigest()}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main() -> None:
    """``python -m tests.engine.registry FOLDER PORT``: serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    Registry.folder = arguments.folder
    ThreadingHTTPServer(("127.0.0.1", arguments.port), Registry).serve_forever()


if __name__ == "__main__":
    main()
