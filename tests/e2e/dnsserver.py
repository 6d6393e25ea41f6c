# SPDX-License-Identifier: ISC
"""A name server for tests, RFC 1035: UDP, A and AAAA, answers by script."""

import socket
import struct
import threading

TYPE_A, TYPE_AAAA = 1, 28
RCODE_NAME_ERROR = 3


class DnsServer:
    """names: {"lab.example": answers}, where answers is a list of addresses,
    a function of (name, type, count of questions so far) that gives one, or
    None for silence. What is not there does not exist.
    """

    def __init__(self, names, host="127.0.0.1", port=0):
        self.names = names
        self.questions = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, port))
        self.port = self.sock.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                query, peer = self.sock.recvfrom(4096)
            except OSError:
                return
            if query == b"stop":
                return
            answer = self._answer(query)
            if answer:
                self.sock.sendto(answer, peer)

    def _answer(self, query):
        name, at = self._read_name(query, 12)
        (kind,) = struct.unpack_from(">H", query, at)
        question = query[12 : at + 4]
        count = sum(1 for asked in self.questions if asked == (name, kind))
        self.questions.append((name, kind))
        found = self.names.get(name, ())
        if callable(found):
            found = found(name, kind, count)
        if found is None:
            return None
        family = {TYPE_A: socket.AF_INET, TYPE_AAAA: socket.AF_INET6}.get(kind)
        records = [
            socket.inet_pton(family, a)
            for a in found
            if family and (":" in a) == (family == socket.AF_INET6)
        ]
        rcode = 0 if name in self.names else RCODE_NAME_ERROR
        head = query[:2] + struct.pack(
            ">HHHHH", 0x8580 | rcode, 1, len(records), 0, 0
        )
        return head + question + b"".join(
            struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(r)) + r for r in records
        )

    @staticmethod
    def _read_name(packet, at):
        labels = []
        while packet[at]:
            labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii"))
            at += 1 + packet[at]
        return ".".join(labels).lower(), at + 1

    def count(self, name):
        return sum(1 for asked, _ in self.questions if asked == name)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"stop", self.sock.getsockname())
        self._thread.join(5)
        self.sock.close()
