# SPDX-License-Identifier: ISC
"""A daemon's configuration is changed and reloaded, by vncbridgectl."""

import wsclient

NEW_TARGET = 'target "new" { address = "127.0.0.1:5901" }\n'


def read_conf(one):
    with open(one.conf_path, encoding="utf-8") as f:
        return f.read()


def append(one, text):
    one.write_conf(read_conf(one) + text)


def reload(one, *args):
    return one.ctl("reload", "-f", one.conf_path, *args, timeout=30)


def accepts(address):
    try:
        return wsclient.get(address, "/healthz").status == 200
    except (OSError, EOFError):
        return False


def refused(one, fault):
    """Told in words, exit status 1, nothing changed."""
    before = one.status()["generation"]
    pids = one.all_pids()
    done = reload(one)
    assert done.returncode == 1, (done.stderr, done.stdout)
    assert fault in done.stderr, done.stderr
    assert one.status()["generation"] == before
    assert one.all_pids() == pids
    assert one.get("/healthz").status == 200
