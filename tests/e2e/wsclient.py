# SPDX-License-Identifier: ISC
"""An HTTP and WebSocket client with every byte under control.

Nothing is sent that the caller did not ask for, but the answers to pings;
all that comes is checked against RFC 6455 as a server must send it.
"""

import base64
import hashlib
import os
import socket
import struct

import rfb
from tlsclient import is_strict
from waiting import seconds

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
ASKED = b"is it a session?"
SERVER_FRAME_MAX = 131072  # a flood's; others carry at most half of it


def mask_bytes(data, mask):
    """RFC 6455, 5.3; with big integers, since that is what Python does fast."""
    count = len(data)
    if count == 0:
        return b""
    pad = (mask * (count // 4 + 1))[:count]
    value = int.from_bytes(data, "little") ^ int.from_bytes(pad, "little")
    return value.to_bytes(count, "little")


def encode_frame(opcode, payload=b"", fin=True, mask=True, rsv=0, length=None):
    """One frame of a client; mask may be 4 bytes, length a lie."""
    count = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if count < 126:
        head += bytes([bit | count])
    elif count < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", count)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", count)
    if not mask:
        return head + payload
    key = mask if isinstance(mask, bytes) else os.urandom(4)
    return head + key + mask_bytes(payload, key)


def encode_close(code=1000, reason=""):
    return encode_frame(CLOSE, struct.pack(">H", code) + reason.encode())


class Frame:
    def __init__(self, fin, opcode, payload):
        self.fin = fin
        self.opcode = opcode
        self.payload = payload

    def __repr__(self):
        return f"Frame(fin={self.fin}, opcode={self.opcode}, {self.payload[:40]!r})"


class FrameReader:
    """A server's frames out of bytes as they come."""

    opcodes = (CONT, BINARY, CLOSE, PING, PONG)  # text is for the page alone

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer += data

    def next(self):
        """The next complete frame, or None."""
        b = self.buffer
        if len(b) < 2:
            return None
        assert b[0] & 0x70 == 0, "a reserved bit is set"
        assert b[1] & 0x80 == 0, "a server's frame is masked"
        opcode, count, at = b[0] & 0x0F, b[1] & 0x7F, 2
        if count == 126:
            if len(b) < 4:
                return None
            (count,) = struct.unpack_from(">H", b, 2)
            assert count >= 126, "length is not in its shortest form"
            at = 4
        elif count == 127:
            if len(b) < 10:
                return None
            (count,) = struct.unpack_from(">Q", b, 2)
            assert count >= 65536, "length is not in its shortest form"
            at = 10
        assert opcode in self.opcodes, f"opcode {opcode}"
        assert count <= SERVER_FRAME_MAX, f"a frame of {count} bytes"
        if opcode >= CLOSE:
            assert count <= 125 and b[0] & 0x80, "a bad control frame"
        if len(b) < at + count:
            return None
        frame = Frame(bool(b[0] & 0x80), opcode, bytes(b[at : at + count]))
        del b[: at + count]
        return frame


class Response:
    def __init__(self, status, reason, version, fields, body=b""):
        self.status = status
        self.reason = reason
        self.version = version
        self.fields = fields  # [(lower-case name, value)]
        self.body = body

    def get(self, name, default=None):
        values = [v for n, v in self.fields if n == name.lower()]
        assert len(values) < 2, f"{name} more than once"
        return values[0] if values else default


class Closed(Exception):
    """The server has closed the WebSocket."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


class HttpClient:
    """A connection, and bare HTTP over it; with context (tlsclient.py) over
    TLS. tls: server_name (else that of address), session (to be resumed).
    source: the address that it comes from, else any of this host's."""

    secure = None  # a context for all that are given none

    def __init__(
        self, address, timeout=10, rcvbuf=None, context=None, source=None, **tls
    ):
        self.timeout = timeout
        self.address = address
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(seconds(timeout))
        if source:
            self.sock.bind((source, 0))
        self.sock.connect(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        context = context or self.secure
        if context is not None:
            self._start_tls(context, **tls)

    def _start_tls(self, context, server_name=None, session=None):
        plain = self.sock
        try:
            self.sock = context.wrap_socket(
                plain,
                server_hostname=server_name or self.address[0].strip("[]"),
                session=session,
                suppress_ragged_eofs=not is_strict(context),
            )
        except BaseException:
            plain.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    @property
    def authority(self):
        host, port = self.address[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def send(self, data):
        self.sock.sendall(data)

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.sock.close()

    def close(self):
        self.sock.close()

    def _more(self):
        part = self.sock.recv(1 << 18)
        if not part:
            raise EOFError("closed by the server")
        self.buffer += part

    def is_closed(self, timeout=10):
        """True when the server's end comes, with nothing before it."""
        self.sock.settimeout(seconds(timeout))
        try:
            return self.buffer == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True
        finally:
            self.sock.settimeout(seconds(self.timeout))

    def request(self, method, path, headers=(), host=True, version="1.1"):
        lines = [f"{method} {path} HTTP/{version}"]
        if host:
            lines.append(f"Host: {self.authority}")
        lines += [f"{name}: {value}" for name, value in headers]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, reason = (lines[0] + "  ").split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0"), lines[0]
        fields = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            assert colon and name == name.strip(), line
            fields.append((name.lower(), value.strip()))
        return Response(int(status), reason.strip(), version, fields)

    def read_response(self, has_body=True):
        """A response with its body, by Content-Length or to the end."""
        response = self.read_head()
        if not has_body or response.status in (101, 204, 304):
            return response
        length = response.get("content-length")
        if length is None:
            response.body = self.read_to_end()
            return response
        while len(self.buffer) < int(length):
            self._more()
        response.body = self.buffer[: int(length)]
        self.buffer = self.buffer[int(length) :]
        return response

    def read_to_end(self):
        try:
            while True:
                self._more()
        except EOFError:
            data, self.buffer = self.buffer, b""
            return data


def get(address, path, headers=(), method="GET", **tls):
    """One request on a connection of its own."""
    with HttpClient(address, **tls) as client:
        client.request(method, path, [("Connection", "close"), *headers])
        return client.read_response(has_body=method != "HEAD")


class WsClient(HttpClient):
    """A WebSocket; after open() a transport for rfb.py too."""

    def __init__(self, address, timeout=10, rcvbuf=None, **tls):
        super().__init__(address, timeout, rcvbuf, **tls)
        self.reader = FrameReader()
        self.data = bytearray()  # binary payload that nobody took yet
        self.is_open = False
        self.pings = 0
        self.answers_pings = True
        self.close_code = None
        self.close_reason = None
        self.has_begun = False  # some data has come
        self.late_close = None  # read already, and told after the data
        self.refusal = None  # the bridge's reason, said as a VNC server does
        self.key = base64.b64encode(os.urandom(16)).decode()

    def upgrade_head(self, path, headers=(), without=()):
        """A request for an upgrade; headers replace those of the same name."""
        fields = {
            "Host": self.authority,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self.key,
            "Sec-WebSocket-Version": "13",
        }
        for name in without:
            del fields[name]
        extra = []
        for name, value in headers:
            if name in fields:
                fields[name] = value
            else:
                extra.append((name, value))
        lines = [f"GET {path} HTTP/1.1"]
        lines += [f"{n}: {v}" for n, v in [*fields.items(), *extra]]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def upgrade(self, path, headers=(), without=()):
        """Sends the request; gives the response, whatever it is."""
        self.send(self.upgrade_head(path, headers, without))
        return self.read_upgrade()

    def read_upgrade(self):
        response = self.read_head()
        if response.status == 101:
            self.is_open = True
            self.reader.feed(self.buffer)
            self.buffer = b""
        return response

    def accept_key(self):
        digest = hashlib.sha1(self.key.encode() + GUID).digest()
        return base64.b64encode(digest).decode()

    def open(self, target, headers=()):
        """Upgrades to a target, and insists."""
        response = self.upgrade(f"/proxy?target={target}", headers)
        assert response.status == 101, (response.status, response.fields)
        assert response.get("sec-websocket-accept") == self.accept_key()
        return self

    def send_frame(self, opcode, payload=b"", **how):
        self.sock.sendall(encode_frame(opcode, payload, **how))

    def send_raw(self, data):
        self.sock.sendall(data)

    def recv_frame(self):
        """The next frame of any kind; pings are answered on the way."""
        frame = self._next_frame()
        while frame.opcode == PONG and frame.payload == ASKED:
            frame = self._next_frame()
        return frame

    def _next_frame(self):
        while True:
            frame = self.reader.next()
            if frame is None:
                part = self.sock.recv(1 << 18)
                if not part:
                    raise EOFError("the connection ended without a close frame")
                self.reader.feed(part)
                continue
            if frame.opcode == PING:
                self.pings += 1
                if self.answers_pings:
                    self.send_frame(PONG, frame.payload)
            return frame

    def _note_close(self, frame):
        self.close_code, self.close_reason = 1005, ""
        if frame.payload:
            assert len(frame.payload) >= 2
            self.close_code = struct.unpack(">H", frame.payload[:2])[0]
            self.close_reason = frame.payload[2:].decode("ascii")

    def _recv_data(self):
        frame, self.late_close = self.late_close, None
        frame = frame or self.recv_frame()
        if frame.opcode == CLOSE:
            self._note_close(frame)
            raise Closed(self.close_code, self.close_reason)
        if frame.opcode in (BINARY, CONT):
            self._take_data(frame.payload)

    def _take_data(self, payload):
        has_begun, self.has_begun = self.has_begun, True
        if not has_begun and payload == rfb.GREETING:
            self._tell_refusal()
        else:
            self.data += payload

    def _tell_refusal(self):
        """A greeting is the target's, or the bridge's, which refuses then.

        Which it is, the next frame says: a session answers a ping.
        """
        try:
            self.send_frame(PING, ASKED)
        except (BrokenPipeError, ConnectionResetError):
            pass
        frame = self._next_frame()
        reason = rfb.refusal_of(rfb.GREETING + frame.payload)
        if frame.opcode == BINARY and reason is not None:
            close = self._next_frame()
            self._note_close(close) if close.opcode == CLOSE else None
            if (self.close_code or 0) >= 4500 and reason.startswith(self.close_reason):
                self.refusal = reason
                raise Closed(self.close_code, self.close_reason)
            self.data += rfb.GREETING + frame.payload
            frame = close
        else:
            self.data += rfb.GREETING
        if frame.opcode == CLOSE:
            self.late_close = frame  # the greeting comes before
        if frame.opcode in (BINARY, CONT):
            self.data += frame.payload

    # the transport of rfb.py

    def send(self, data):
        if self.is_open:
            self.send_frame(BINARY, data)
        else:
            self.sock.sendall(data)

    def recv_exact(self, count):
        while len(self.data) < count:
            self._recv_data()
        out = bytes(self.data[:count])
        del self.data[:count]
        return out

    def recv_some(self):
        """The payload of the next data frame (none for another frame)."""
        if not self.data:
            self._recv_data()
        return self.recv_exact(len(self.data))

    def recv_until_close(self):
        """All payload up to the close frame; answers the close."""
        try:
            while True:
                self._recv_data()
        except Closed:
            pass
        out = bytes(self.data)
        self.data.clear()
        return out

    def wait_close(self):
        """(code, reason) of the close frame; what came before is dropped.

        Answers it, and sees that the server then closes the connection.
        """
        self.recv_until_close()
        self.answer_close()
        return self.close_code, self.close_reason

    def answer_close(self):
        try:
            code = self.close_code
            payload = b"" if code == 1005 else struct.pack(">H", code)
            self.send_frame(CLOSE, payload)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert self.is_at_end(), "the server keeps the connection open"

    def is_at_end(self):
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def shut(self, code=1000, reason=""):
        """Closes in good order from the client's side; gives the echo."""
        self.send_raw(encode_close(code, reason))
        self.recv_until_close()
        assert self.is_at_end(), "the server keeps the connection open"
        return self.close_code


def connect(address, target, timeout=10, rcvbuf=None, headers=(), **tls):
    """A WebSocket to a target; 101 has come, the target need not have."""
    client = WsClient(address, timeout, rcvbuf, **tls)
    try:
        client.open(target, headers)
    except BaseException:
        client.close()
        raise
    return client
