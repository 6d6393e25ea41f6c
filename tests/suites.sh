# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# The suites of "./bootstrap check", which reads this file: one function
# each. A suite writes to its own log in build/logs and leaves its counts in
# passed, failed and skipped; what ends badly without a count, or passes
# without having tested anything, counts as one failure.

# shellcheck disable=SC2034 # read by bootstrap
SUITES=(gcc clang asan lint model e2e browser distcheck install)

SUITE_SEC_MAX=1800

# in the parts of the same name; used by the functions below
: "${top:?}" "${build:?}" "${logs:?}"

# at_most COMMAND...: ended if it takes too long.
at_most()
{
	timeout -k 20 $SUITE_SEC_MAX "$@"
}

# Runs pytest: the first python that has it and what the tests import, since
# another one in PATH may hide Debian's.
run_pytest()
{
	local python

	for python in python3 /usr/bin/python3; do
		"$python" -c 'import pytest, xdist, cryptography' \
		    2>/dev/null && break
	done
	PYTHONDONTWRITEBYTECODE=1 at_most "$python" -m pytest \
	    -p no:cacheprovider -ra "$@" >>"$log" 2>&1
}

# add COUNTER PATTERN: adds the numbers that sed's PATTERN finds in $log.
add()
{
	local n

	while read -r n; do
		printf -v "$1" %d $((${!1} + n))
	done < <(sed -n "s/$2/\1/p" "$log")
}

count_automake()
{
	add passed '^# PASS: *\([0-9]*\)$'
	add passed '^# XFAIL: *\([0-9]*\)$'
	add failed '^# FAIL: *\([0-9]*\)$'
	add failed '^# XPASS: *\([0-9]*\)$'
	add failed '^# ERROR: *\([0-9]*\)$'
	add skipped '^# SKIP: *\([0-9]*\)$'
}

count_pytest()
{
	add passed '^=.*[ ]\([0-9]*\) passed.* in .*=$'
	add failed '^=.*[ ]\([0-9]*\) failed.* in .*=$'
	add failed '^=.*[ ]\([0-9]*\) errors\{0,1\}.* in .*=$'
	add skipped '^=.*[ ]\([0-9]*\) skipped.* in .*=$'
}

count_node()
{
	add passed '^# pass \([0-9]*\)$'
	add failed '^# fail \([0-9]*\)$'
	add failed '^# cancelled \([0-9]*\)$'
	add skipped '^# skipped \([0-9]*\)$'
}

# count_lines NAME: of a script that says so in its last line.
count_lines()
{
	add passed "^$1: \([0-9]*\) passed.*"
	add failed "^$1: .* \([0-9]*\) failed\$"
}

# soak_seed SUITE: no suite's soak is that of another one again.
soak_seed()
{
	local name seed=1

	for name in "${SUITES[@]}"; do
		[ "$name" = "$1" ] && break
		seed=$((seed + 1))
	done
	echo "${SOAK_SEED:-$seed}"
}

# strict_tree NAME CC ARGUMENT...: builds and runs all of make check; a
# warning is an error. "Built without a warning" is a test of its own. Tests
# wait more than they work: more of them run than there are processors.
strict_tree()
{
	local name=$1 cc=$2

	shift 2
	build_tree "$name" CC="$cc" --enable-werror "$@" >>"$log" 2>&1 || {
		cat "$logs/make-$name.log" >>"$log" 2>/dev/null
		return 1
	}
	if grep -E 'warning:' "$logs/make-$name.log" >>"$log"; then
		return 1
	fi
	passed=$((passed + 1))
	SOAK_SEED=$(soak_seed "$name") at_most make -C "$build/$name" \
	    -j "$(($(jobs) + 2))" check >>"$log" 2>&1 || {
		# the output says which test failed; this says why, and its
		# counts are not to be counted again
		tail -n 60 "$build/$name/test-suite.log" 2>/dev/null |
		    sed 's/^# /## /' >>"$log"
		return 1
	}
}

suite_gcc()
{
	strict_tree gcc gcc
	local status=$?

	count_automake
	[ $status -ne 0 ] || gcc_passed=1
	return $status
}

suite_clang()
{
	strict_tree clang clang
	local status=$?

	count_automake
	return $status
}

# e2e_with TREE PATIENCE: all end-to-end tests against a staged build;
# PATIENCE multiplies their deadlines. They wait more than they work: files
# run side by side, and those that look at speed behind them.
e2e_with()
{
	local status=0
	local -x VB_TESTCARD=$build/$1/testcard VB_BUILD=$build/$1
	local -x VB_PREFIX VB_PATIENCE=$2

	VB_PREFIX=$(prefix_for "$1")
	make -C "$build/$1" testprograms >>"$log" 2>&1 || return 1
	run_pytest -n $(($(jobs) + 2)) --dist loadfile -m 'not alone' \
	    tests/e2e || status=1
	run_pytest -m alone tests/e2e || status=1
	return $status
}

suite_asan()
{
	local status=0

	strict_tree asan clang --enable-asan || status=1
	count_automake
	if [ -x "$(prefix_for asan)/sbin/vncbridged" ]; then
		e2e_with asan 3 || status=1
		count_pytest
	fi
	return $status
}

suite_lint()
{
	tests/lint.sh >>"$log" 2>&1
	local status=$?

	count_lines lint
	return $status
}

# bootstrap has installed spin: that it is missing is a failure.
suite_model()
{
	at_most tests/model/run.sh >>"$log" 2>&1
	local status=$?

	count_lines model
	return $status
}

# The suites below run against the tree of the suite gcc, which is made if
# it is not there yet.
need_gcc_tree()
{
	build_tree gcc CC=gcc --enable-werror >>"$log" 2>&1
}

suite_e2e()
{
	need_gcc_tree && e2e_with gcc 1
	local status=$?

	count_pytest
	return $status
}

suite_browser()
{
	local status

	need_gcc_tree && make -C "$build/gcc" testcard >>"$log" 2>&1 ||
	    return 1
	mapfile -t files < <(find tests/browser -name node_modules -prune \
	    -o -name '*.test.mjs' -print | sort)
	VB_PREFIX=$(prefix_for gcc) VB_TESTCARD=$build/gcc/testcard \
	VB_ARTIFACTS=$build/artifacts \
	    at_most node --test --test-reporter=tap "${files[@]}" >>"$log" 2>&1
	status=$?
	count_node
	return $status
}

# A whole distcheck; when the suite gcc has passed in this run, of its tests
# only those that read files of the release. The others are compiled here all
# the same; with the flags of that suite they come from the compiler's cache.
suite_distcheck()
{
	local tests=()

	need_gcc_tree || return 1
	if [ "${gcc_passed:-0}" -eq 1 ]; then
		mapfile -t tests < <(tests_of_release)
		tests=(TESTS="${tests[*]}")
	fi
	SOAK_SEED=$(soak_seed distcheck) at_most make -C "$build/gcc" \
	    -j "$(jobs)" distcheck ${tests[@]+"${tests[@]}"} \
	    DISTCHECK_CONFIGURE_FLAGS="CC=gcc --enable-werror" \
	    >>"$log" 2>&1 && passed=$((passed + 1))
}

# Prints the tests of "make check" that read files of the source.
tests_of_release()
{
	local file name

	echo tests/soak.sh
	for file in tests/unit/check_*.c tests/proc/check_*.c \
	    tests/sandbox/check_*.c; do
		name=${file##*/}
		! grep -q 'srcdir' "$file" || echo "${name%.c}"
	done
	for file in tests/fuzz/fuzz_*.c; do
		name=${file##*/fuzz_}
		echo "replay_${name%.c}"
	done
}

# Without the compiler's cache: that two builds are the same bytes shows
# nothing when one is a copy of the other.
suite_install()
{
	local status

	need_gcc_tree || return 1
	CCACHE_DISABLE=1 run_pytest tests/install
	status=$?
	count_pytest
	return $status
}

# run_suites NAME...: all of them, whatever fails; ends with the sums.
run_suites()
{
	local name status started all_passed=0 all_failed=0 all_skipped=0
	local passed failed skipped log

	mkdir -p "$logs"
	for name; do
		passed=0 failed=0 skipped=0 log=$logs/$name.log
		started=$SECONDS
		say "suite $name"
		: >"$log"
		"suite_$name"
		status=$?
		if [ $status -ne 0 ] && [ $failed -eq 0 ]; then
			failed=1
		elif [ $((passed + failed)) -eq 0 ]; then
			echo "no test ran" >>"$log"
			failed=1
		fi
		echo "$name: $passed passed, $failed failed, $skipped skipped" \
		    "in $((SECONDS - started)) s"
		if [ $failed -gt 0 ]; then
			echo "-- the end of $log:"
			tail -n 60 "$log"
		fi
		all_passed=$((all_passed + passed))
		all_failed=$((all_failed + failed))
		all_skipped=$((all_skipped + skipped))
	done
	if [ $all_skipped -gt 0 ]; then
		echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
	else
		echo "$all_passed passed, $all_failed failed"
	fi
	[ $all_failed -eq 0 ]
}
