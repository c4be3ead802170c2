"""The official image's entry point, as far as a service container needs it: initialise once, then become the server."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

ROOT = os.environ.pop("STANDIN_ROOT", "")  # set where there is no root of its own
KEPT = Path(__file__).parent / "kept"
UNINITIALISED = """\
Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
"""


def setting(name: str, default: str = "") -> str:
    return os.environ.get(f"POSTGRES_{name}") or default


def run(*command: str, **options: object) -> None:
    done = subprocess.run(command, check=False, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise OSError(f"{command[0]} failed with exit status {done.returncode}")


def give_up_root(data: Path) -> None:
    """PostgreSQL refuses to run as root. In a root of its own it is another user from the start."""
    nobody = pwd.getpwnam("nobody")
    for folder in (data, KEPT):
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def make_cluster(data: Path, user: str) -> None:
    """As initdb does; the first one with this superuser is kept for later containers, since making one takes long."""
    kept = KEPT / quote(user, safe="")
    if not kept.is_dir():
        mine = Path(tempfile.mkdtemp(dir=KEPT))
        options = ("-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync", "--no-instructions", "--wal-segsize=1")
        with (mine / "log").open("w") as log:
            run("initdb", "-D", str(mine / "data"), "-U", user, *options, stdout=log)
        with suppress(OSError):  # another container was as quick
            mine.rename(kept)
    sys.stdout.write((kept / "log").read_text())
    sys.stdout.flush()
    run("cp", "-a", f"{kept}/data/.", str(data))


def initialise(data: Path) -> None:
    """Roles, password, database and authentication as the environment asks for them."""
    user, password = setting("USER", "postgres"), setting("PASSWORD")
    database, method = setting("DB", user), setting("HOST_AUTH_METHOD", "scram-sha-256")
    make_cluster(data, user)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"\nhost all all all {method}\n")
    role, literal = user.replace('"', '""'), password.replace("'", "''")
    statements = [f"ALTER USER \"{role}\" WITH PASSWORD '{literal}'"] if password else []
    if database != "postgres":
        name = database.replace('"', '""')
        statements.append(f'CREATE DATABASE "{name}"')
    if statements:
        text = "".join(f"{statement};\n\n" for statement in statements)
        run("postgres", "--single", "-j", "-D", str(data), "postgres", input=text, stdout=subprocess.DEVNULL)
    sys.stdout.write("\nPostgreSQL init process complete; ready for start up.\n\n")
    sys.stdout.flush()


def main() -> None:
    command = sys.argv[1:]
    if not command or command[0].startswith("-"):
        command = ["postgres", *command]
    if command[0] != "postgres":
        os.execvp(command[0], command)  # noqa: S606
    data = Path(ROOT + os.environ.get("PGDATA", "/var/lib/postgresql/data"))
    os.environ["LC_ALL"] = "C"
    data.mkdir(parents=True, exist_ok=True)
    fresh = not (data / "PG_VERSION").exists()
    if fresh and not setting("PASSWORD") and setting("HOST_AUTH_METHOD") != "trust":
        sys.stderr.write(UNINITIALISED)
        sys.exit(1)
    try:
        if os.geteuid() == 0:
            give_up_root(data)
        if fresh:
            initialise(data)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error
        sys.stderr.write(f"Error: PostgreSQL could not be initialised: {reason}\n")
        if not ROOT:
            sys.exit(1)
        # Where there are no namespaces, a service still has to run, so that the rest of a job can be judged.
        sys.stderr.write("       This container only waits for its end.\n")
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pause()
    # The official image's folder, and the one where this build's own clients look.
    port, sockets = "5432", "/var/run/postgresql,/tmp"
    if ROOT:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port, sockets = str(free.getsockname()[1]), ""
    else:
        Path("/var/run/postgresql").mkdir(parents=True, exist_ok=True)
    settings = {"listen_addresses": "127.0.0.1" if ROOT else "*", "port": port, "unix_socket_directories": sockets}
    if ROOT:
        settings["dynamic_shared_memory_type"] = "mmap"  # in its own folder, and not in the host's for ever
    arguments = [f"--{name}={value}" for name, value in {**settings, "fsync": "off"}.items()]
    os.execvp("postgres", ["postgres", "-D", str(data), *arguments, *command[1:]])  # noqa: S606


try:
    main()
except KeyboardInterrupt:  # the image's stop signal, before there is a server that knows it
    sys.exit(128 + signal.SIGINT)
