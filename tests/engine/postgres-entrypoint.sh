#!/bin/sh
# Behaves like the official image: makes the database on first use as a user of its own, then becomes postgres itself.
set -eu

make_database() {
    user=${POSTGRES_USER:-postgres}
    set -- --username="$user" --encoding=UTF8 --locale=C
    if [ -n "${POSTGRES_PASSWORD-}" ]; then
        printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/pwfile
        set -- "$@" --pwfile=/tmp/pwfile
    fi
    initdb "$@"
    rm -f /tmp/pwfile
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

    # As the official image does, and as clients that wait for "ready to accept connections" have to cope with: the
    # first server listens on its local socket alone.
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    database=${POSTGRES_DB:-$user}
    if [ "$database" != postgres ]; then
        PGPASSWORD=${POSTGRES_PASSWORD-} psql -v ON_ERROR_STOP=1 --username "$user" --no-password --dbname postgres \
            --set db="$database" <<'EOT'
CREATE DATABASE :"db" ;
EOT
    fi
    pg_ctl -D "$PGDATA" -m fast -w stop
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

require_password() {
    if [ -n "${POSTGRES_PASSWORD-}" ] || [ "${POSTGRES_HOST_AUTH_METHOD-}" = trust ]; then return; fi
    cat >&2 <<'EOT'
Error: Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD to a non-empty value, or POSTGRES_HOST_AUTH_METHOD=trust to let anybody in.
EOT
    exit 1
}

case "${1-}" in
    -*) set -- postgres "$@" ;;
    postgres) ;;
    *) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 700 "$PGDATA"
    # PostgreSQL refuses uid 0; busybox's su replaces itself, so that postgres stays PID 1 and gets the signals.
    exec su -s /bin/sh postgres "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    require_password
    make_database
fi

shift
exec postgres -c listen_addresses='*' "$@"
