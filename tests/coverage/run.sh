#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# run.sh SRCDIR - "make coverage": builds an instrumented tree in the folder
# coverage, runs all tests against it, and prints which part of the lines
# they have reached, by module and by file. See README.md.
set -u

src=$(cd "${1:-.}" && pwd -P) || exit 1
dir=${COVERAGE_DIR:-coverage}
: "${CC:=clang}"
SUITE_SEC_MAX=1800

mkdir -p "$dir" && cd "$dir" || exit 1
dir=$PWD

# tool NAME: where the compiler's own version of it is
tool()
{
	local path

	path=$("$CC" -print-prog-name="$1" 2>/dev/null)
	command -v "${path:-$1}" || {
		echo "$1 is missing (Debian: clang libclang-rt-dev llvm)" >&2
		return 1
	}
}

cov=$(tool llvm-cov) && profdata=$(tool llvm-profdata) || exit 1

build()
{
	[ -f Makefile ] || CC=$CC "$src/configure" --enable-coverage \
	    --prefix="$dir/stage" --sysconfdir="$dir/stage/etc" \
	    --runstatedir="$dir/stage/run" >configure.log 2>&1 || {
		tail -n 5 configure.log
		return 1
	}
	{ make -j "$(nproc)" install && make testcard; } >make.log 2>&1 || {
		tail -n 30 make.log
		return 1
	}
}

# the daemon's user must be able to write its counters
begin_profiles()
{
	rm -rf profiles && mkdir -m 1777 profiles
	umask 0
}

# count_as NAME: m: one file for a program; c: mapped, not written at the
# end. Of two programs of the same functions only the first would be
# counted: each suite has files of its own.
count_as()
{
	export LLVM_PROFILE_FILE=$dir/profiles/$1-%m%c.profraw
}

# A child may write to a file that is there, not make one: the master has
# entered its sandbox. Without a channel it ends at once.
make_profiles()
{
	local program

	for program in worker broker keeper auth fetch; do
		timeout 10 "stage/libexec/vncbridge/vncbridge-$program" \
		    3<&- >/dev/null 2>&1
	done
}

# A test that fails is said, and not the end: what is not reached is shown
# as it is.
run_tests()
{
	failed=0
	count_as check
	timeout -k 20 $SUITE_SEC_MAX make -k check >check.log 2>&1 ||
	    failed=1
	sed -n 's/^\(# [A-Z]*: .*\)/check: \1/p; /^FAIL:/p' check.log
	count_as e2e
	make_profiles
	export VB_PREFIX=$dir/stage VB_TESTCARD=$dir/testcard VB_BUILD=$dir \
	    VB_PATIENCE=3 PYTHONDONTWRITEBYTECODE=1
	timeout -k 20 $SUITE_SEC_MAX /usr/bin/python3 -m pytest \
	    -p no:cacheprovider -q -n 4 --dist loadfile -m "not alone" \
	    "$src/tests/e2e" >e2e.log 2>&1 || failed=1
	timeout -k 20 $SUITE_SEC_MAX /usr/bin/python3 -m pytest \
	    -p no:cacheprovider -q -m alone \
	    "$src/tests/e2e" >>e2e.log 2>&1 || failed=1
	grep -E '^(FAILED|ERROR)' e2e.log
	grep -E '^(=+ )?[0-9]+ (passed|failed).* in ' e2e.log | sed 's/^/e2e: /'
}

export_lines()
{
	local program objects=()

	for program in vncbridged vncbridgectl vncbridge-worker \
	    vncbridge-broker vncbridge-keeper vncbridge-auth \
	    vncbridge-fetch vncbridge-runner check_* replay_*; do
		[ -f "$program" ] || continue
		case $program in
		*.log | *.trs) ;;
		*) objects+=(-object "$program") ;;
		esac
	done
	"$profdata" merge -sparse profiles/*.profraw -o all.profdata &&
	    "$cov" export -format=lcov -instr-profile all.profdata \
	    "${objects[@]:1}" >all.info 2>export.log
}

build || exit 1
begin_profiles
run_tests
export_lines || {
	tail -n 5 export.log
	exit 1
}
/usr/bin/python3 -B "$src/tests/coverage/table.py" all.info "$src" \
    "$src/tests/coverage/rule.txt" >table.txt
status=$?
cat table.txt
[ "$failed" -eq 0 ] || echo "coverage: tests have failed, see $dir/*.log"
[ $status -eq 0 ] && [ "$failed" -eq 0 ]
