# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# The demo of "./bootstrap demo", which reads this file: a desktop and the
# bridge on loopback, until Ctrl-C.

: "${build:?}" "${BUILD_PACKAGES[0]:?}" "${DESKTOP_PACKAGES[0]:?}"

DEMO_PORT=6080
READY_SEC=20
STOP_SEC=5

pids=()
run_dir=

# Ends what this script started, by number, the youngest first.
cleanup()
{
	local i pid tries

	trap '' INT TERM HUP
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		pid=${pids[i]}
		kill -TERM "$pid" 2>/dev/null || continue
		for ((tries = STOP_SEC * 10; tries > 0; tries--)); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	pids=()
	if [ -n "$run_dir" ]; then
		rm -rf "$run_dir"
	fi
}

is_port_taken()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port()
{
	local port

	for ((port = $1; port < $1 + 100; port++)); do
		is_port_taken "$port" || { echo "$port"; return; }
	done
	die "no free port from $1 on"
}

# wait_for WHAT LOG PID COMMAND...: until the command succeeds; gives up
# when the process has ended or the time is over.
wait_for()
{
	local what=$1 log=$2 pid=$3 tries

	shift 3
	for ((tries = READY_SEC * 10; tries > 0; tries--)); do
		"$@" && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 20 "$log" >&2
	die "$what did not start"
}

is_healthy()
{
	local line

	{
		exec 3<>"/dev/tcp/127.0.0.1/$1" &&
		    printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$1" >&3 &&
		    read -r -t 2 line <&3
		exec 3>&-
	} 2>/dev/null
	[[ ${line:-} == HTTP/1.1\ 200* ]]
}

# Starts the testcard; sets target to its address.
start_testcard()
{
	local log=$run_dir/testcard.log

	"$build/demo/testcard" -l 127.0.0.1:0 -n "vncbridged testcard" \
	    >"$log" 2>&1 &
	pids+=($!)
	wait_for "the testcard" "$log" $! grep -q '^listening on ' "$log"
	target=$(sed -n 's/^listening on //p' "$log" | head -n 1)
}

# Starts an X desktop; sets target to its address. Root's would be a shell
# of root's, open to everybody on this machine: it runs as the daemon's user.
start_desktop()
{
	local log=$run_dir/desktop.log as_user=() shell=${SHELL:-/bin/sh} env
	local greeting=$run_dir/greeting display

	if [ "$(id -u)" -eq 0 ]; then
		mapfile -t as_user < <(as_daemon_user)
		chown "$(daemon_user)" "$run_dir/home"
		shell=/bin/sh
	fi
	env=("HOME=$run_dir/home" "PATH=$PATH" "SHELL=$shell" LANG=C.UTF-8)
	: >"$run_dir/display"
	env -i "${env[@]}" "${as_user[@]}" Xtigervnc -displayfd 4 -localhost \
	    -SecurityTypes None -AlwaysShared -geometry 1024x700 -depth 24 \
	    -desktop "vncbridged demo" 4>"$run_dir/display" >"$log" 2>&1 &
	pids+=($!)
	vnc_pid=$!
	wait_for "Xtigervnc" "$log" $! test -s "$run_dir/display"
	display=$(<"$run_dir/display")
	target=127.0.0.1:$((5900 + display))
	wait_for "Xtigervnc" "$log" $vnc_pid is_port_taken "${target##*:}"
	env+=("DISPLAY=:$display")
	cat >"$greeting" <<-'END'

	  This is an xterm on a TigerVNC desktop, in your browser.

	  Type, use the mouse, copy and paste; the right button opens
	  the menu of the window manager.

	END
	cat >"$run_dir/session" <<-END
	#!/bin/sh
	exec xterm -fa Monospace -fs 12 -geometry 80x24+60+60 \
	    -e /bin/sh -c 'cat "$greeting"; exec "$shell"'
	END
	chmod 755 "$run_dir/session"
	# a window that comes while openbox starts may never be shown
	env -i "${env[@]}" "${as_user[@]}" \
	    openbox --startup "$run_dir/session" >>"$log" 2>&1 &
	pids+=($!)
}

start_bridge()
{
	local prefix=$1 port=$2 log=$run_dir/bridge.log user=

	[ "$(id -u)" -eq 0 ] && user="user = \"$(daemon_user)\""
	cat >"$run_dir/vncbridge.conf" <<-END
	$user
	listen "127.0.0.1:$port" { }
	target "desktop" {
		address = "$target"
		description = "Demo"
	}
	drain-timeout = 2
	pid-file = "$run_dir/vncbridged.pid"
	control-socket = "$run_dir/vncbridged.sock"
	END
	"$prefix/sbin/vncbridged" -d -f "$run_dir/vncbridge.conf" \
	    2>"$log" </dev/null &
	bridge_pid=$!
	pids+=("$bridge_pid")
	wait_for "vncbridged" "$log" "$bridge_pid" is_healthy "$port"
}

print_box()
{
	local url=http://127.0.0.1:$1 line rule

	printf -v rule '%64s' ''
	rule=+${rule// /-}+
	printf '\n%s\n' "$rule"
	for line in '' "The desktop:     $url/desktop" \
	    "The start page:  $url/" '' 'Ctrl-C ends it all.' ''; do
		printf '|  %-60s  |\n' "$line"
	done
	printf '%s\n\n' "$rule"
	echo "vncbridged runs as $2, and shows $target. Logs are in $run_dir."
	echo "Who is there: $3/vncbridgectl -s $run_dir/vncbridged.sock sessions"
	echo "While this runs, everybody on this machine can reach that desktop."
}

demo()
{
	local testcard=0 port=$DEMO_PORT prefix user status

	while [ $# -gt 0 ]; do
		case $1 in
		--testcard) testcard=1 ;;
		--port)
			[[ ${2:-} =~ ^[1-9][0-9]{0,4}$ ]] || die "--port N"
			port=$2
			shift
			;;
		*) usage >&2; exit 2 ;;
		esac
		shift
	done
	if [ $testcard -eq 1 ]; then
		build_needs "${BUILD_PACKAGES[@]}"
	else
		build_needs "${BUILD_PACKAGES[@]}" "${DESKTOP_PACKAGES[@]}"
	fi
	build_tree demo || die "the build failed"
	prefix=$(prefix_for demo)
	if [ $testcard -eq 1 ]; then
		logged make-testcard make -C "$build/demo" testcard ||
		    die "the testcard could not be built"
	fi
	trap 'cleanup' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	run_dir=$(mktemp -d "${TMPDIR:-/tmp}/vncbridged-demo.XXXXXX") || exit 1
	chmod 755 "$run_dir"
	mkdir -m 700 "$run_dir/home"
	if [ $testcard -eq 1 ]; then
		start_testcard
	else
		start_desktop
	fi
	port=$(free_port "$port") || exit 1
	start_bridge "$prefix" "$port"
	user=$(id -un)
	[ "$(id -u)" -eq 0 ] && user=$(daemon_user)
	print_box "$port" "$user" "$prefix/sbin"
	# Whatever of these ends first ends the demo.
	wait -n "${pids[0]}" "$bridge_pid"
	status=$?
	tail -n 20 "$run_dir"/*.log >&2
	die "a process of the demo has ended, with status $status"
}
