"""``nc [-w SECS] HOST PORT`` and ``nc -l -p PORT`` as busybox has them: stdin to the peer, the peer to stdout."""

import getopt
import os
import select
import socket
import sys

CHUNK = 65536


def connect(host: str, port: str, seconds: float | None) -> socket.socket:
    try:
        address = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        sys.exit(f"nc: bad address '{host}'")
    try:
        return socket.create_connection((address, int(port)), seconds)
    except TimeoutError:
        sys.exit("nc: timed out")
    except OSError as error:
        sys.exit(f"nc: can't connect to remote host ({address}): {os.strerror(error.errno or 0)}")


def relay(peer: socket.socket, seconds: float | None) -> None:
    """Until the peer closes. With a time-out, the silence that it bears once stdin has ended."""
    sources = [0, peer.fileno()]
    while True:
        ready, _, _ = select.select(sources, (), (), None if 0 in sources else seconds)
        if not ready:
            sys.exit("nc: timed out")
        for source in ready:
            data = os.read(source, CHUNK) if source == 0 else peer.recv(CHUNK)
            if data and source == 0:
                peer.sendall(data)
            elif data:
                while data:
                    data = data[os.write(1, data) :]
            elif source == 0:
                sources.remove(0)
                peer.shutdown(socket.SHUT_WR)
            else:
                return


def main() -> None:
    try:
        pairs, rest = getopt.getopt(sys.argv[1:], "w:lp:")
        options = dict(pairs)
        seconds = float(options["-w"]) if "-w" in options else None
        if "-l" in options:
            with socket.create_server(("", int(options["-p"]))) as server:
                server.settimeout(seconds)
                peer = server.accept()[0]
        else:
            host, port = rest
            peer = connect(host, port, seconds)
    except (getopt.GetoptError, KeyError, ValueError):
        sys.exit("usage: nc [-w SECS] HOST PORT | nc -l -p PORT")
    peer.settimeout(None)
    try:
        relay(peer, seconds)
    except ConnectionError as error:
        sys.exit(f"nc: {os.strerror(error.errno or 0)}")


main()
