#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# run.sh [SRCDIR] - has spin look at every state of lease.pml, and find the
# mistake of each mutant. One line, PASS or FAIL, for each; a folder below
# TMPDIR has the trail of what failed. Without spin it ends with 77: skipped.
set -u

model=${1:-.}/tests/model/lease.pml
passed=0
failed=0

MEMORY_MB=1200
DEPTH_MAX=2000

# macro, and the assertion that must fail, as pan prints it
MUTANTS=(
	"CLOSED_FIRST sockets==1"
	"NO_HOLD_BACK sockets==1"
	"COUNTED sockets==1"
	"FREE_AT_EOF sockets==1"
	"EARLY_FREES sockets==1"
	"NO_FENCE against"
	"NO_WAKE_AT_GONE state"
)

command -v spin >/dev/null || {
	echo "spin is missing (Debian: spin)"
	exit 77
}
model=$(realpath "$model") || exit 1
place=$(mktemp -d "${TMPDIR:-/tmp}/vb-model-XXXXXX") || exit 1

# verdict NAME STATUS
verdict()
{
	if [ "$2" -eq 0 ]; then
		echo "PASS: $1"
		passed=$((passed + 1))
	else
		echo "FAIL: $1"
		failed=$((failed + 1))
	fi
}

# verify NAME: all of its states, or up to the first mistake.
verify()
(
	mkdir "$place/$1" && cd "$place/$1" && cp "$model" . &&
	    spin "-D$1" -a lease.pml &&
	    "${CC:-cc}" -w -O1 -DCOLLAPSE -DSAFETY -DMEMLIM=$MEMORY_MB \
		-o pan pan.c && ./pan -m$DEPTH_MAX >out 2>&1
)

# Complete, and without an error: nothing was cut off.
is_right()
{
	verify RIGHT || return 1
	grep -E 'states, stored|elapsed|total actual' "$place/RIGHT/out"
	grep -q 'errors: 0$' "$place/RIGHT/out" &&
	    ! grep -E 'not completed|too small|out of memory|max search' \
		"$place/RIGHT/out"
}

# finds MACRO ASSERTION
finds()
{
	verify "$1" || return 1
	grep -F 'assertion violated' "$place/$1/out" | grep -F "($2" ||
	    { tail -n 30 "$place/$1/out"; return 1; }
}

is_right
verdict "lease.pml: a target never has two, and nobody is forgotten" $?
for row in "${MUTANTS[@]}"; do
	# shellcheck disable=SC2086 # two words
	finds $row
	verdict "lease.pml: the mistake of ${row%% *} is found" $?
done
echo "model: $passed passed, $failed failed"
[ "$failed" -eq 0 ] || { echo "see $place"; exit 1; }
rm -rf "$place"
