#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# run.sh SRCDIR [NAME]... - "make fuzz": builds the fuzzers in the folder
# fuzz, with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer,
# and runs each for FUZZ_SEC seconds, FUZZ_JOBS side by side. One line each;
# a finding is a failure, and the line behind it says how to see it again.
set -u

src=$(cd "${1:-.}" && pwd -P) || exit 1
shift
sec=${FUZZ_SEC:-1200}
jobs=${FUZZ_JOBS:-1}
dir=${FUZZ_DIR:-fuzz}
: "${CC:=clang}"

UNIT_SEC_MAX=25 # one input that takes longer is a finding
RSS_MB_MAX=2048

mkdir -p "$dir" && cd "$dir" || exit 1
dir=$PWD

# max_len NAME: as long as what the code takes, and a little more
max_len()
{
	case $1 in
	greeting | target | rule | recognise | schedule) echo 256 ;;
	ipc) echo 16384 ;;
	client | tls) echo 2000 ;;
	keys) echo 6000 ;;
	upload) echo 3000 ;;
	*) echo 9000 ;;
	esac
}

build()
{
	command -v "$CC" >/dev/null || {
		echo "$CC is missing (Debian: clang libclang-rt-dev)"
		return 1
	}
	[ -f Makefile ] || CC=$CC "$src/configure" --enable-asan \
	    --enable-fuzz --prefix="$dir/none" >configure.log 2>&1 || {
		tail -n 5 configure.log
		return 1
	}
	mapfile -t programs < <(printf 'replay_%s\n' "${names[@]}")
	make -j "$jobs" "${programs[@]}" >make.log 2>&1 || {
		tail -n 30 make.log
		return 1
	}
}

# run_one NAME: prints its line; false after a finding
run_one()
{
	local name=$1 run=$dir/run/$1 log=$dir/run/$1.log status options=()
	local execs cov line

	mkdir -p "$run/corpus" "$run/findings"
	[ -f "$src/tests/fuzz/$name.dict" ] &&
	    options+=(-dict="$src/tests/fuzz/$name.dict")
	"$dir/replay_$name" "${options[@]}" -max_total_time="$sec" \
	    -max_len="$(max_len "$name")" -timeout=$UNIT_SEC_MAX \
	    -rss_limit_mb=$RSS_MB_MAX -print_final_stats=1 \
	    -artifact_prefix="$run/findings/" "$run/corpus" \
	    "$src/tests/fuzz/corpus/$name" >"$log" 2>&1
	status=$?
	execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	line=$(grep -o 'cov: [0-9]* ft: [0-9]* corp: [0-9]*' "$log" | tail -n 1)
	cov=${line:-no coverage}
	if [ $status -eq 0 ] && [ "${execs:-0}" -gt 0 ]; then
		echo "$name: $execs execs, $cov, no finding"
		return 0
	fi
	echo "$name: ${execs:-?} execs, $cov, FINDING (status $status)"
	grep -m 3 -E '^SUMMARY|ERROR:|not so:|runtime error' "$log" |
	    sed 's/^/    /'
	find "$run/findings" -type f -newer "$dir/make.log" -printf \
	    "    again: $dir/replay_$name %p\n"
	return 1
}

if [ $# -gt 0 ]; then
	names=("$@")
else
	names=()
	for folder in "$src"/tests/fuzz/corpus/*/; do
		names+=("$(basename "$folder")")
	done
fi
build || exit 1
echo "fuzzing ${#names[@]} programs, $sec s each, $jobs side by side;" \
    "logs in $dir/run"

running=0
failed=0
for name in "${names[@]}"; do
	if [ "$running" -ge "$jobs" ]; then
		wait -n || failed=$((failed + 1))
		running=$((running - 1))
	fi
	run_one "$name" &
	running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
	wait -n || failed=$((failed + 1))
	running=$((running - 1))
done
echo "fuzz: $((${#names[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
