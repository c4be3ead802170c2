"""A name server that knows no name: without one, look-ups in containers wait seconds for one out of reach."""

from __future__ import annotations

import socketserver

HEADER = 12  # octets: id, flags, and four counts
NXDOMAIN = b"\x81\x83"  # an answer, recursion offered, no such name


class NoSuchName(socketserver.DatagramRequestHandler):
    """Answers every question with NXDOMAIN."""

    def handle(self) -> None:
        query = self.rfile.read()
        if len(query) < HEADER:
            return
        question = query[HEADER : query.index(b"\0", HEADER) + 5]
        self.wfile.write(query[:2] + NXDOMAIN + b"\0\1\0\0\0\0\0\0" + question)


if __name__ == "__main__":
    socketserver.ThreadingUDPServer(("127.0.0.1", 53), NoSuchName).serve_forever()
