#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The soak's short form, for "make check": the daemon of this build, below
# VB_STAGE as it would be installed. VB_STAGE/sbin/vncbridged was built for
# that folder; VB_BUILD is the build, VB_PAGES has the pages.
set -e

skip() {
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" = 0 ] || skip "only root sees what sandboxed processes have"
[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not there"
command -v openssl >/dev/null || skip "openssl is not there"

umask 022
mkdir -p "$VB_STAGE/libexec/vncbridge" "$VB_STAGE/pages"
cp -f "$VB_BUILD/vncbridge-worker" "$VB_BUILD/vncbridge-broker" \
    "$VB_BUILD/vncbridge-keeper" "$VB_BUILD/vncbridge-auth" \
    "$VB_BUILD/vncbridge-fetch" "$VB_BUILD/vncbridge-runner" "$VB_BUILD"/vncbridge-pam* \
    "$VB_STAGE/libexec/vncbridge"
cp -f "$VB_BUILD/vncbridgectl" "$VB_STAGE/sbin"
cp -R "$VB_PAGES/." "$VB_STAGE/pages"
worker=$VB_STAGE/libexec/vncbridge/vncbridge-worker
setpriv --reuid=nobody --regid=nogroup --clear-groups test -x "$worker" ||
    skip "the build is in a folder that only root may enter"

# AddressSanitizer is slow
if grep -q __asan_init "$worker"; then
    VB_PATIENCE=${VB_PATIENCE:-3}
    export VB_PATIENCE
fi
VB_PREFIX=$VB_STAGE exec /usr/bin/python3 -B "${0%/*}/soak/soak.py" \
    --seconds 20 --sessions 100 --seed "${SOAK_SEED:-1}"
