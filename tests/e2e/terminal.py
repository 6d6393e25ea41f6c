# SPDX-License-Identifier: ISC
"""A program at a terminal, with somebody who types."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

from waiting import seconds


class Terminal:
    """Runs argv with a terminal of its own; what it writes is in text."""

    def __init__(self, argv, env=None):
        self.text = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(argv[0], argv, env if env is not None else os.environ)
            finally:
                os._exit(127)

    def _read(self, deadline):
        """False at the end."""
        left = max(deadline - time.monotonic(), 0)
        if not select.select([self._fd], [], [], left)[0]:
            raise AssertionError(f"no more in time behind {self.text!r}")
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, words, timeout=10):
        """Waits for words behind what was waited for before."""
        deadline = time.monotonic() + seconds(timeout)
        start = getattr(self, "_seen", 0)
        while (at := self.text.find(words, start)) < 0:
            assert self._read(deadline), f"no {words!r} in {self.text[start:]!r}"
        self._seen = at + len(words)
        return self.text

    def between(self, begin, end):
        """What stands between these two, behind what was waited for before."""
        self.expect(begin)
        start = self._seen
        self.expect(end)
        return self.text[start : self._seen - len(end)]

    def resize(self, rows, columns):
        """SIGWINCH comes by itself."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)

    def type(self, line):
        os.write(self._fd, line.encode("utf-8") + b"\n")

    def end(self, timeout=10):
        """Its exit status."""
        deadline = time.monotonic() + seconds(timeout)
        while self._read(deadline):
            pass
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
