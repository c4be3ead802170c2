# The first process of the engine's namespaces: FOLDER holds everything of it, PYTHON runs registry and name server. The
# first argument is the folder again, by which the process is known; the others are the engine's command.
# What dockerd and containerd write outside of FOLDER (/run, /opt/containerd) must not reach the machine.
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind /opt /opt
mount -o remount,bind,ro /opt
if ! ls /sys/fs/cgroup/* >/dev/null 2>&1; then mount -t cgroup2 cgroup2 /sys/fs/cgroup; fi

# podman looks for libraries, programs and settings in the system's places only.
if [ "$2" = podman ]; then
    for part in usr etc; do mount -t overlay overlay -o "lowerdir=$ROOT/$part:/$part" "/$part"; done
fi

# /etc/resolv.conf may be a link into the /run that was just covered.
resolver=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolver")"
[ -e "$resolver" ] || : >"$resolver"
echo 'nameserver 127.0.0.1' >"$FOLDER/resolv.conf"
mount --bind "$FOLDER/resolv.conf" "$resolver"

ip link set lo up
"$PYTHON" -m tests.engine.names >"$FOLDER/names.log" 2>&1 &
"$PYTHON" -m tests.engine.registry "$FOLDER/registry" "$REGISTRY_PORT" >"$FOLDER/registry.log" 2>&1 &
shift
exec "$@"
