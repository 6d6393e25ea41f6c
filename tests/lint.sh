#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# lint.sh [SRCDIR] - looks at the sources without running them. One line,
# PASS or FAIL, for each kind of check; all run, whatever fails. A tool that
# is not there is a failure: silence would look like success.
set -u

cd "${1:-.}" || exit 1
passed=0
failed=0

FILE_LINES_MAX=500
FUNCTION_LINES_MAX=80
COLUMNS_MAX=80

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

# need TOOL PACKAGE
need()
{
	command -v "$1" >/dev/null && return 0
	echo "$1 is missing (Debian: $2)"
	return 1
}

# sources NAME...: the tree's own files of these names, one a line
sources()
{
	local args=() name

	for name; do
		args+=(-o -name "$name")
	done
	find . \( -name node_modules -o -name .git -o -path ./build \
	    -o -path './vncbridged-*' -o -name 'autom4te.cache' \) -prune \
	    -o -type f \( "${args[@]:1}" \) ! -name config.h -print | sort
}

check_format()
{
	need clang-format clang-format || return 1
	sources '*.c' '*.h' | xargs clang-format --dry-run -Werror ||
	    { echo "clang-format -i FILE mends it"; return 1; }
}

check_manuals()
{
	local out

	need mandoc mandoc || return 1
	out=$(mandoc -Tlint -Wwarning man/*.[1-9] 2>&1)
	[ -z "$out" ] || { echo "$out"; return 1; }
}

check_shell()
{
	need shellcheck shellcheck || return 1
	{ sources '*.sh'; ls bootstrap .ci/run; } | xargs shellcheck &&
	    shellcheck -s sh etc/vncbridged.init.in &&
	    shellcheck -s bash etc/completions/bash/vncbridgectl
}

check_javascript()
{
	local eslint=tests/browser/node_modules/.bin/eslint

	if [ ! -x "$eslint" ]; then
		echo "eslint is missing (npm ci in tests/browser)"
		return 1
	fi
	"$eslint" --max-warnings 0 -c tests/browser/eslint.config.mjs \
	    share/novnc tests/browser
}

# The first two lines hold the licence.
check_licence()
{
	local bad=0 file

	while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: ISC' &&
		    continue
		echo "$file: no SPDX-License-Identifier in its first lines"
		bad=1
	done < <(sources '*.c' '*.h' '*.sh' '*.py' '*.mjs' '*.js' '*.css')
	return $bad
}

# Long files and functions hide what they do; long lines don't fit.
check_sizes()
{
	# shellcheck disable=SC2016 # the program is awk's
	sources '*.c' '*.h' | xargs awk -v file_max=$FILE_LINES_MAX \
	    -v function_max=$FUNCTION_LINES_MAX -v columns=$COLUMNS_MAX '
	function complain(text) {
		print FILENAME ":" FNR ": " text
		bad = 1
	}
	FNR == 1 { begin = 0 }
	FNR == file_max + 1 { complain("file has over " file_max \
	    " lines: give its second noun a file of its own") }
	/^{/ { begin = FNR }
	/^}/ {
		if (begin && FNR - begin - 1 > function_max)
			complain("over " function_max " lines")
		begin = 0
	}
	{
		line = $0
		while ((i = index(line, "\t")) > 0)
			line = sprintf("%s%*s%s", substr(line, 1, i - 1),
			    8 - (i - 1) % 8, "", substr(line, i + 1))
		if (length(line) > columns && line !~ /^[[:space:]]*(X\(|"|\/\/)/ &&
		    line !~ /\\$/ && line !~ /https?:/)
			complain("over " columns " columns")
	}
	END { exit bad }'
}

# The table in common/settings.h: kind,name,default,least,most
settings_table()
{
	local q='\([a-z-]*\)' n='\([0-9]*\)'

	sed -n -e "s/^[[:space:]]*X(\"$q\", [a-z_]*, $n, $n, $n, .*/number,\1,\2,\3,\4/p" \
	    -e "s/^[[:space:]]*X(\"$q\", [a-z_]*, $n).*/switch,\1,\2,,/p" \
	    common/settings.h
}

# check_setting KIND NAME DEFAULT LEAST MOST: in the manual and the example
check_setting()
{
	local manual=man/vncbridge.conf.5 example=etc/vncbridge.conf
	local value=$3 bad=0

	if [ "$1" = switch ]; then
		[ "$value" = 1 ] && value=yes || value=no
		[ "$2" = sandbox ] && value=on
	elif ! sed -n "/^\.It Ic $2 No/,/^\.It/p" "$manual" | tr '\n' ' ' |
	    grep -Eq "[ ,]${4} to ${5}[,: ]"; then
		echo "$manual: $2 without its range, $4 to $5"
		bad=1
	fi
	grep -qx "\.It Ic $2 No = $value" "$manual" || {
		echo "$manual: no '.It Ic $2 No = $value'"
		bad=1
	}
	grep -Eq "^#$2 = $value([[:space:]]*#.*)?\$" "$example" || {
		echo "$example: no '#$2 = $value'"
		bad=1
	}
	return $bad
}

# Each setting of the table stands in manual and example with the same
# default and range; what stands in the example stands in the manual.
check_settings()
{
	local bad=0 count=0 kind name default least most

	while IFS=, read -r kind name default least most; do
		count=$((count + 1))
		check_setting "$kind" "$name" "$default" "$least" "$most" ||
		    bad=1
	done < <(settings_table)
	while read -r name; do
		grep -Eq "^\.It Ic $name( |\$)" man/vncbridge.conf.5 && continue
		echo "vncbridge.conf.5: no '$name'"
		bad=1
	done < <(sed -n 's/^#\{0,1\}[[:space:]]*\([a-z-]\{1,\}\) \(=\|"\).*/\1/p' \
	    etc/vncbridge.conf)
	[ "$count" -gt 0 ] || { echo "no setting found"; bad=1; }
	return $bad
}

# close_codes: the table in common/close_code.h, "code cause", one a line
close_codes()
{
	printf '#include "common/close_code.h"\nCLOSE_CODES(ROW)\n' |
	    "${CC:-cc}" -E -P -I. - | tr '\n' ' ' | sed 's/ROW(/\n/g; $s/$/\n/' |
	    sed -n 's/" *"//g; s/^\([0-9]*\), *[A-Z_]*, *"\(.*\)") *.*$/\1 \2/p'
}

# The close codes and causes of the table are those of the manual, and the
# page knows them all; of WebSocket's own codes, manual and page have the same.
# 1001 is a proxy's to say, not the bridge's.
check_codes()
{
	local bad=0 manual page

	manual=$(sed -n '/^\.It Sy code/,/^\.El/p' man/vncbridged.8 |
	    sed '/^\.El/d; s/^\.It /\x01/' | tr '\n\1' ' \n' |
	    sed -n 's/^\([0-9]\{4\}\) Ta \(.*[^ ]\) *$/\1 \2/p')
	page=$(sed -n 's/^\t\([0-9]\{4\}\): entry(.*/\1/p' \
	    share/novnc/js/words.js)
	diff <(close_codes) <(grep '^4' <<<"$manual") || {
		echo "common/close_code.h (<) and man/vncbridged.8 (>) differ"
		bad=1
	}
	diff <(cut -d ' ' -f 1 <<<"$manual") <(grep -v 1001 <<<"$page") || {
		echo "man/vncbridged.8 (<) and words.js (>) differ"
		bad=1
	}
	if grep -rnE '(\(|^[[:space:]]+)[cr], [0-9]{4},|code = [0-9]{4}' \
	    --include='*.[ch]' worker daemon; then
		echo "a close code without its name"
		bad=1
	fi
	[ -n "$(close_codes)" ] || { echo "no close code found"; bad=1; }
	return $bad
}

# The table in layers.py: which folder may include which.
check_layers()
{
	/usr/bin/python3 -B tests/layers.py .
}

# Each header compiles alone.
check_headers()
{
	local bad=0 flags file

	flags="-std=c11 -D_GNU_SOURCE -I. $(pkg-config --cflags libevent \
	    libbsd-overlay libcrypto libssl libseccomp libconfuse libcares \
	    jansson check)" || return 1
	while read -r file; do
		# shellcheck disable=SC2086 # flags are words
		"${CC:-cc}" -fsyntax-only $flags -include "$file" -x c \
		    /dev/null || { echo "$file: lacks an include"; bad=1; }
	done < <(sources '*.h')
	return $bad
}

for check in format manuals shell javascript licence sizes settings codes \
    layers headers; do
	"check_$check"
	verdict "$check" $?
done
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
