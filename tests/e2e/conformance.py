# SPDX-License-Identifier: ISC
"""What the tables of test_rfc*.py stand on.

One daemon serves all rows of a module. Beside them an honest session lives
from the first row to the last, and must get its bytes through after each.
"""

import os
import re

import rfb
from targets import Target
from waiting import seconds
from wsclient import BINARY, CLOSE, CONT, PING, PONG, HttpClient, WsClient
from wsclient import encode_frame

MASK = b"\x37\xfa\x21\x3d"  # RFC 6455, 5.7
NO_STATUS = 1005  # stands for a Close frame without a payload
HOSTS = ["a"]  # names of the bridge in the rows
ABNORMAL = 1006  # stands for an end without a Close frame
PROMPT_SEC = 4  # less than any deadline of the daemon: nothing waits for one
FENCE = b"that was the row"
SAY = re.compile(rb"<say (\d+)>")
END = b"<end>"
PATTERN = bytes(range(256)) * 2048


def frame(opcode, payload=b"", **how):
    """A client's frame that is the same in each run."""
    return encode_frame(opcode, payload, **{"mask": MASK, **how})


def close(code=1000, reason=b""):
    """A client's Close; the reason may be no UTF-8."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def trickle(client, data):
    """Byte by byte, the worst that a network may do."""
    for byte in data:
        client.sock.sendall(bytes([byte]))


class Recorder(Target):
    """Greets, keeps what it gets, and how that ended.

    What it gets tells it what to do: b"<say 70000>" to send so many bytes,
    b"<end>" to close.
    """

    def __init__(self):
        self.ends = {}
        super().__init__()

    def serve(self, conn, number):
        conn.sendall(rfb.GREETING)
        self.ends[number] = self._record(conn, number)

    def _record(self, conn, number):
        obeyed = 0
        try:
            while True:
                data = conn.recv(65536)
                if not data:
                    return "fin"
                self.note(number, data)
                told = self.received[number]
                for match in SAY.finditer(told, obeyed):
                    obeyed = match.end()
                    conn.sendall(PATTERN[: int(match[1])])
                if told.endswith(END):
                    return "own"
        except ConnectionResetError:
            return "reset"

    def wait_end(self, number):
        """(bytes, how it ended) of a connection."""
        self._wait(lambda: number in self.ends, 10, "an end of a connection")
        return self.received[number], self.ends[number]

class Echo(Target):
    def serve(self, conn, number):
        conn.settimeout(None)  # it lasts as long as the rows
        conn.sendall(rfb.GREETING)
        while data := conn.recv(65536):
            conn.sendall(data)


class Rig:
    """The daemon, a target that records, one that nobody may reach."""

    def __init__(self, one):
        self.one = one
        self.recorder = Recorder()
        self.trap = Recorder()
        self.echo = Echo()
        self.honest = one.connect(self.echo.target)
        assert self.honest.recv_exact(12) == rfb.GREETING

    def check_honest(self):
        """The session beside the rows: its bytes go and come."""
        nonce = os.urandom(16)
        self.honest.send(nonce)
        assert self.honest.recv_exact(16) == nonce

    def check_trap(self):
        """No refused row has reached its target; the target can be reached."""
        assert self.trap.accepted == 0
        with self.one.connect(self.trap.target) as client:
            assert client.recv_exact(12) == rfb.GREETING
        assert self.trap.accepted == 1
        self.trap.stop()
        self.trap = Recorder()

    def stop(self):
        try:
            self.check_honest()
            assert self.honest.shut() == 1000
        finally:
            for target in (self.recorder, self.trap, self.echo):
                target.stop()


def may_be_sent(code):
    """RFC 6455, 7.4: what may stand in a Close frame at all."""
    return (
        1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
    )


class Conversation:
    """A session with the recorder; all that the server says is checked."""

    def __init__(self, rig, head=None, greets=True, behind=b"", bytewise=False):
        self.rig = rig
        self.number = rig.recorder.accepted  # one row behind the other
        self.mark = rig.one.mark()
        self.client = WsClient(rig.one.address, timeout=PROMPT_SEC)
        target = f"/proxy?target={rig.recorder.target}"
        head = head or self.client.upgrade_head(target)
        self.was_reset = False
        self.send(head + behind, bytewise)
        self.upgraded = self.client.read_upgrade()
        assert self.upgraded.status == 101
        self.is_in_message = False
        self.closes = []
        if greets:
            got = self.next_frame()
            assert (got.opcode, got.payload) == (BINARY, rfb.GREETING)

    def send(self, data, bytewise=False):
        """What the server has said before a reset can still be read."""
        try:
            if bytewise:
                trickle(self.client, data)
            else:
                self.client.send_raw(data)
        except (BrokenPipeError, ConnectionResetError):
            self.was_reset = True

    def _check(self, got):
        """The order of a server's frames; FrameReader looks at each alone."""
        assert not self.closes, f"{got} behind a Close frame"
        if got.opcode in (BINARY, CONT):
            assert (got.opcode == CONT) == self.is_in_message, "bad fragments"
            self.is_in_message = not got.fin
        elif got.opcode == CLOSE:
            assert len(got.payload) != 1
            code = int.from_bytes(got.payload[:2], "big") or NO_STATUS
            assert code == NO_STATUS or may_be_sent(code), code
            got.payload[2:].decode("utf-8")
            self.closes.append(code)

    def next_frame(self):
        """The next frame, or None at a clean end. A reset is an error."""
        reader = self.client.reader
        while (got := reader.next()) is None:
            data = self.client.sock.recv(1 << 18)
            if not data:
                assert not reader.buffer, "the end comes inside a frame"
                return None
            reader.feed(data)
        self._check(got)
        return got

    def read_to_fence(self):
        """The frames before the answer to a ping that is sent now."""
        self.send(frame(PING, FENCE))
        frames = []
        while True:
            got = self.next_frame()
            assert got is not None, "the session has ended"
            if (got.opcode, got.payload) == (PONG, FENCE):
                return frames
            frames.append(got)

    def read_to_end(self):
        """The frames up to the end, but the Close, which is in closes."""
        frames = []
        while got := self.next_frame():
            if got.opcode != CLOSE:
                frames.append(got)
        return frames

    def close_well(self):
        """The closing handshake of 7.1.2, begun by the client."""
        self.send(close(1000))
        assert self.read_to_end() == [] and self.closes == [1000]

    def check_end(self, data, ends=("fin",), is_counted=True):
        """What the target and the log say, and the session beside."""
        self.client.close()
        received, how = self.rig.recorder.wait_end(self.number)
        assert received == data
        assert how in ends, how
        line = self.rig.one.wait_end(start=self.mark)
        code = self.closes[0] if self.closes else ABNORMAL
        assert int(line["code"]) == code and line["reason"]
        if is_counted:
            assert int(line["to_target"]) == len(data)
        self.rig.check_honest()


class Answers:
    """The bare bytes of all answers on a connection, taken apart."""

    def __init__(self, address):
        self.client = HttpClient(address, timeout=PROMPT_SEC)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def send(self, data, bytewise=False):
        if bytewise:
            trickle(self.client, data)
        else:
            self.client.send(data)

    def next(self, has_body=True):
        """The next answer, checked as RFC 9112 and 9110 want it of a server."""
        answer = self.client.read_response(has_body)
        assert answer.version == "HTTP/1.1"  # 9110, 2.5
        if answer.status >= 200:
            assert answer.get("date")  # 9110, 6.6.1
            assert answer.get("content-length").isdigit()  # 9112, 6.3
        options = {
            option.strip().lower()
            for option in answer.get("connection", "").split(",")
        }
        if answer.get("upgrade"):
            assert "upgrade" in options  # 9110, 7.8
        if answer.status == 405:
            assert answer.get("allow")  # 9110, 15.5.6
        if answer.status == 426:
            assert answer.get("upgrade").lower() == "websocket"  # 15.5.22
            assert answer.get("sec-websocket-version") == "13"  # 6455, 4.4
        answer.closes = "close" in options
        return answer

    def ends(self):
        """Whether nothing comes any more, but a clean end."""
        self.client.sock.settimeout(seconds(10))
        return self.client.buffer == b"" and self.client.sock.recv(1) == b""
