#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# systemd.sh HOME - runs the script HOME/script below a systemd of its own, in
# namespaces of its own: with the units of HOME/units and no others, an empty
# /run, no network but a loopback, and of /tmp only HOME. What the script says
# is in HOME/output, its status in HOME/status. unshare(1) calls this again,
# inside.
set -eu

home=$1
if [ "${VB_SYSTEMD_INSIDE:-}" != 1 ]; then
	rm -f "$home/status"
	VB_SYSTEMD_INSIDE=1 unshare --mount --pid --fork --cgroup --uts --ipc \
	    --net --kill-child "$0" "$home" </dev/null \
	    >"$home/systemd.log" 2>&1 &
	pid=$!
	trap 'kill -9 $pid 2>/dev/null; wait $pid || :' EXIT
	for ((i = 0; i < ${VB_SYSTEMD_SEC:-60} * 10; i++)); do
		[ ! -s "$home/status" ] || exit 0
		kill -0 $pid 2>/dev/null || exit 1
		sleep 0.1
	done
	exit 1
fi

mount --make-rprivate /
mount --bind "$home" /mnt
mount -t tmpfs tmpfs /tmp
mkdir -p "$home"
mount --move /mnt "$home"
mount -t tmpfs tmpfs /var/tmp
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/vb
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up

cp -R "$home"/units/. /run/vb/
for unit in sysinit basic shutdown network-online nss-lookup; do
	printf '[Unit]\nDefaultDependencies=no\n' >"/run/vb/$unit.target"
done
cat >/run/vb/script.service <<EOF
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sh "$home/script" >"$home/output" 2>&1; \
    echo \$? >"$home/status"'
EOF
export container=other SYSTEMD_UNIT_PATH=/run/vb
exec /lib/systemd/systemd --system --unit=script.service --log-target=console
