# SPDX-License-Identifier: ISC
"""TLS records by hand, behind a real handshake: what no library would send.

    session = Session(sock, context)             # shakes hands
    session.send(HANDSHAKE, key_update(True))    # one encrypted record
    session.read_plain()                         # what the server says, decrypted

The keys come from the library's key log. ChaCha20-Poly1305 is the cipher
(RFC 8439), since it takes forty lines: the server must be willing.
"""

import hmac
import os
import ssl
import struct
import tempfile

CHANGE_CIPHER, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
CIPHER_1_2 = "ECDHE-ECDSA-CHACHA20-POLY1305"
CIPHER_1_3 = "TLS_CHACHA20_POLY1305_SHA256"
WARNING, FATAL = 1, 2
CLIENT_HELLO, NEW_TICKET, KEY_UPDATE = 1, 4, 24
TAG_BYTES = 16

# RFC 8446, 6
ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac",
    22: "record_overflow", 40: "handshake_failure", 42: "bad_certificate",
    44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 50: "decode_error",
    51: "decrypt_error", 70: "protocol_version", 80: "internal_error",
    90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    112: "unrecognized_name", 116: "certificate_required",
}  # fmt: skip


def record(kind, payload, version=0x0303, length=None):
    """One record, unencrypted; length may be a lie."""
    count = len(payload) if length is None else length
    return struct.pack(">BHH", kind, version, count) + payload


def message(kind, body, length=None):
    """A handshake message; length may be a lie."""
    count = len(body) if length is None else length
    return bytes([kind]) + count.to_bytes(3, "big") + body


def key_update(wants_answer):
    return message(KEY_UPDATE, bytes([wants_answer]))


def split(data):
    """[(kind, payload)] of whole records, and what is left."""
    found = []
    while len(data) >= 5:
        kind, _, count = struct.unpack_from(">BHH", data)
        if len(data) < 5 + count:
            break
        found.append((kind, data[5 : 5 + count]))
        data = data[5 + count :]
    return found, data


# ---- ChaCha20 and Poly1305, RFC 8439


def _rotate(value, count):
    return (value << count | value >> (32 - count)) & 0xFFFFFFFF


def _quarter(x, a, b, c, d):
    for into, add, turn, count in (
        (d, (a, b), d, 16), (b, (c, d), b, 12), (d, (a, b), d, 8), (b, (c, d), b, 7),
    ):  # fmt: skip
        x[add[0]] = (x[add[0]] + x[add[1]]) & 0xFFFFFFFF
        x[into] = _rotate(x[turn] ^ x[add[0]], count)


QUARTERS = [
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
]  # fmt: skip


def _block(key, counter, nonce):
    start = struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key)
    start += (counter, *struct.unpack("<3I", nonce))
    x = list(start)
    for _ in range(10):
        for quarter in QUARTERS:
            _quarter(x, *quarter)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, start)))


def _cipher(key, nonce, data):
    out = bytearray()
    for at in range(0, len(data), 64):
        block = _block(key, 1 + at // 64, nonce)
        out += bytes(a ^ b for a, b in zip(data[at : at + 64], block))
    return bytes(out)


def _tag(key, nonce, extra, data):
    def padded(part):
        return part + bytes(-len(part) % 16)

    one = _block(key, 0, nonce)[:32]
    r = int.from_bytes(one[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    text = padded(extra) + padded(data) + struct.pack("<QQ", len(extra), len(data))
    total = 0
    for at in range(0, len(text), 16):
        part = text[at : at + 16] + b"\1"
        total = (total + int.from_bytes(part, "little")) * r % ((1 << 130) - 5)
    total += int.from_bytes(one[16:], "little")
    return (total & (1 << 128) - 1).to_bytes(16, "little")


def seal(key, nonce, extra, data):
    data = _cipher(key, nonce, data)
    return data + _tag(key, nonce, extra, data)


def unseal(key, nonce, extra, data):
    data, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
    assert _tag(key, nonce, extra, data) == tag, "the server's record is broken"
    return _cipher(key, nonce, data)


# ---- keys


def expand_label(secret, label, count):
    """HKDF-Expand-Label with an empty context (RFC 8446, 7.1)."""
    name = b"tls13 " + label
    info = struct.pack(">HB", count, len(name)) + name + b"\0"
    return hmac.digest(secret, info + b"\1", "sha256")[:count]


def prf(secret, seed, count):
    """P_SHA256 (RFC 5246, 5)."""
    out, a = b"", seed
    while len(out) < count:
        a = hmac.digest(secret, a, "sha256")
        out += hmac.digest(secret, a + seed, "sha256")
    return out[:count]


class Direction:
    """Key, IV and sequence number of one side."""

    def __init__(self, is_1_3, secret=None, key=None, iv=None, number=0):
        self.is_1_3 = is_1_3
        self.secret, self.key, self.iv, self.number = secret, key, iv, number
        if secret is not None:
            self._derive()

    def _derive(self):
        self.key = expand_label(self.secret, b"key", 32)
        self.iv = expand_label(self.secret, b"iv", 12)
        self.number = 0

    def update(self):
        """To the next key of TLS 1.3 (RFC 8446, 7.2)."""
        self.secret = expand_label(self.secret, b"traffic upd", 32)
        self._derive()

    def _nonce(self):
        number = self.number.to_bytes(12, "big")
        self.number += 1
        return bytes(a ^ b for a, b in zip(self.iv, number))

    def seal(self, kind, data):
        """A whole record."""
        if self.is_1_3:
            data += bytes([kind])
            head = struct.pack(">BHH", DATA, 0x0303, len(data) + TAG_BYTES)
            return head + seal(self.key, self._nonce(), head, data)
        extra = struct.pack(">QBHH", self.number, kind, 0x0303, len(data))
        sealed = seal(self.key, self._nonce(), extra, data)
        return record(kind, sealed)

    def unseal(self, kind, data):
        """(kind, plain) of a record's payload."""
        if not self.is_1_3:
            count = len(data) - TAG_BYTES
            extra = struct.pack(">QBHH", self.number, kind, 0x0303, count)
            return kind, unseal(self.key, self._nonce(), extra, data)
        head = struct.pack(">BHH", kind, 0x0303, len(data))
        plain = unseal(self.key, self._nonce(), head, data).rstrip(b"\0")
        return plain[-1], plain[:-1]


def read_log(path):
    """{label: secret} of a key log with one connection."""
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    return {label: bytes.fromhex(secret) for label, _, secret in lines}


class Session:
    """A connection whose handshake a real library has made, with the keys in
    our hands. context: of one version, see tlsclient.client_context()."""

    def __init__(self, sock, context, server_name="localhost"):
        self.sock = sock
        self.rest = b""
        self.plain = []  # [(kind, payload)] that came
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "keys")
            context.keylog_filename = path
            hellos = self._shake_hands(context, server_name)
            context.keylog_filename = None
            secrets = read_log(path)
        if self.version == "TLSv1.3":
            assert self.cipher == CIPHER_1_3, self.cipher
            self.out = Direction(True, secrets["CLIENT_TRAFFIC_SECRET_0"])
            self.into = Direction(True, secrets["SERVER_TRAFFIC_SECRET_0"])
        else:
            assert self.cipher == CIPHER_1_2, self.cipher
            self._derive_1_2(secrets["CLIENT_RANDOM"], *hellos)

    def _derive_1_2(self, master, client_random, server_random):
        block = prf(master, b"key expansion" + server_random + client_random, 88)
        self.out = Direction(False, key=block[:32], iv=block[64:76], number=1)
        self.into = Direction(False, key=block[32:64], iv=block[76:88], number=1)

    def _shake_hands(self, context, server_name):
        """Record by record, so that what is behind it stays ours."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
        sent, came = b"", b""
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                part = outgoing.read()
                sent += part
                self.sock.sendall(part)
                part = self._read_record()
                came += part
                incoming.write(part)
        self.sock.sendall(outgoing.read())
        self.version, self.cipher = tls.version(), tls.cipher()[0]
        # a hello's random is behind record head, message head and version
        return sent[11:43], came[11:43]

    def _fill(self):
        part = self.sock.recv(65536)
        if not part:
            raise EOFError("closed by the server")
        self.rest += part

    def _read_record(self):
        while True:
            found, _ = split(self.rest)
            if found:
                size = 5 + len(found[0][1])
                first, self.rest = self.rest[:size], self.rest[size:]
                return first
            self._fill()

    def send(self, kind, data):
        self.sock.sendall(self.out.seal(kind, data))

    def read_plain(self):
        """(kind, plain) of the next record."""
        whole = self._read_record()
        return self.into.unseal(whole[0], whole[5:])

    def read_to_end(self):
        """All records up to the end of the connection, whoever ended it."""
        found = []
        try:
            while True:
                found.append(self.read_plain())
        except (EOFError, ConnectionResetError):
            return found


    def wait_end(self):
        """How many bytes came before the end; not looked at."""
        count = len(self.rest)
        try:
            while part := self.sock.recv(65536):
                count += len(part)
        except ConnectionResetError:
            pass
        return count


def alerts_of(plain):
    """[(level, name)] among (kind, plain)s."""
    return [
        (data[0], ALERTS.get(data[1], data[1])) for kind, data in plain if kind == ALERT
    ]


def self_test():
    """RFC 8439, 2.8.2."""
    key = bytes(range(0x80, 0xA0))
    nonce = bytes.fromhex("070000004041424344454647")
    extra = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    text = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one"
        b" tip for the future, sunscreen would be it."
    )
    sealed = seal(key, nonce, extra, text)
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691"
    assert sealed[:4].hex() == "d31a8d34"
    assert unseal(key, nonce, extra, sealed) == text
