"""What stands between an engine and the internet that it does not have."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import UDPServer

import pytest

from tests.engine.images import Image
from tests.engine.names import NoSuchName
from tests.engine.registry import MANIFEST_TYPE, Registry, store

IMAGE = Image(b'{"schemaVersion": 2}', {"sha256:abc": b"layer"})


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[HTTPConnection]:
    store({"library/alpine:latest": IMAGE}, tmp_path)
    handler = type("Quiet", (Registry,), {"folder": tmp_path, "log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        yield connection
        connection.close()
        server.shutdown()


def _get(registry: HTTPConnection, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    registry.request(method, path)
    answer = registry.getresponse()
    return answer, answer.read()


def test_a_manifest_is_served_by_tag_and_by_the_digest_that_it_names(registry: HTTPConnection) -> None:
    by_tag, manifest = _get(registry, "/v2/library/alpine/manifests/latest")
    assert (by_tag.status, by_tag.getheader("Content-Type"), manifest) == (200, MANIFEST_TYPE, IMAGE.manifest)
    digest = by_tag.getheader("Docker-Content-Digest")
    assert _get(registry, f"/v2/library/alpine/manifests/{digest}")[1] == IMAGE.manifest


def test_a_head_has_the_length_but_no_body(registry: HTTPConnection) -> None:
    head, body = _get(registry, "/v2/library/alpine/manifests/latest", "HEAD")
    assert (head.getheader("Content-Length"), body) == (str(len(IMAGE.manifest)), b"")


def test_blobs_are_served_by_digest(registry: HTTPConnection) -> None:
    assert _get(registry, "/v2/library/alpine/blobs/sha256:abc")[1] == b"layer"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v2/library/none/manifests/latest", "NAME_UNKNOWN"),
        ("/v2/library/alpine/manifests/none", "MANIFEST_UNKNOWN"),
        ("/v2/library/alpine/blobs/sha256:none", "BLOB_UNKNOWN"),
        ("/v2/library/alpine/tags/list", "UNSUPPORTED"),
        ("/", "UNSUPPORTED"),
    ],
)
def test_what_is_missing_is_said_in_the_registry_s_own_words(registry: HTTPConnection, path: str, code: str) -> None:
    answer, body = _get(registry, path)
    assert (answer.status, json.loads(body)["errors"][0]["code"]) == (404, code)


def test_no_name_is_known() -> None:
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04none\x00\x00\x01\x00\x01"
    with UDPServer(("127.0.0.1", 0), NoSuchName) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(query, server.server_address)
        server.handle_request()
        answer = client.recv(512)
    assert answer[:2] == query[:2]
    assert answer[3] & 0xF == 3
    assert answer[12:] == query[12:]
