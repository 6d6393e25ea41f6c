#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of the client fuzzer: the situations of the worker's
tests as scripts of client_script.h, where the ops' numbers are read from.

    client_seeds.py FOLDER
"""
import pathlib
import re
import sys

HEADER = pathlib.Path(__file__).with_name("client_script.h").read_text()
OPS = re.findall(r"^\tX\((\w+), \d, \d\)", HEADER, re.M)
SETTLE, SMALL, NO_BROKER, PEOPLE, NO_GREETING, NO_PING, IDLE, LONG = (
    1, 2, 4, 8, 16, 32, 64, 128)
FIN, MASKLESS, OWN, LARGE, CUT = 0x80, 4, 8, 16, 32
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
ALL = 0
WATCHING = 64  # of OPENED
SECONDS = 128


class Script:
    """Ops one behind the other: script.session().frame(2) ..."""

    def __init__(self, conditions=SETTLE, slot=0):
        self.bytes = bytearray([conditions])
        self.slot = slot
        self.held = 0

    def hold(self):
        """No turn of the worker behind the next op."""
        self.held = 128
        return self

    def on(self, slot):
        self.slot = slot
        return self

    def __getattr__(self, name):
        def op(*args, data=b""):
            self.bytes.append(
                OPS.index(name.upper()) | self.slot << 5 | self.held)
            self.held = 0
            self.bytes += bytes(args) + data
            return self
        return op

    def write(self, data):
        return self.client_raw(len(data), data=data)

    def say(self, data):
        return self.target_raw(len(data), data=data)

    def send(self, opcode=BINARY, size=5, how=0, fin=FIN):
        return self.frame(opcode | fin, how, size, 0x33)

    def send_close(self, payload=b"\x03\xe8"):
        return self.frame(CLOSE | FIN, OWN, len(payload), 0x33, data=payload)

    def steps(self):
        """The way to a relay, one op at a time."""
        return self.client(0).head(0, 0, 0, 0).opened(0).greet(0)


def backpressure():
    flood = Script().session()
    for _ in range(3):
        flood.target_send(255)
    flood.client_read(255).client_read(ALL).target_send(9)
    yield "client_reads_late", flood.client_read(ALL)
    for conditions in (SETTLE, SETTLE | SMALL):
        stuck = Script(conditions).session()
        for _ in range(24):
            stuck.send(size=200, how=LARGE)
        stuck.send(PING, 4).target_read(255).target_read(ALL).target_read(ALL)
        yield f"target_reads_late_{conditions}", stuck.send(size=9)
    small = Script(SETTLE | SMALL).session()
    for _ in range(40):
        small.target_send(255)
    small.send(PING, 4).send(PING, 5).send(PING, 6).tick(SECONDS + 26)
    yield "ping_to_a_client_that_reads_late", small.client_read(ALL)
    yield "ping_flood", Script().session().write(b"\x89\x80abcd" * 20)
    late = Script(SETTLE | SMALL).session()
    for _ in range(40):
        late.target_send(255)
    yield "target_ends_over_a_queue", late.target_close().client_read(255)
    left = Script(SETTLE | SMALL).session()
    for _ in range(24):
        left.send(size=200, how=LARGE)
    yield "client_ends_over_a_queue", left.send_close().target_read(ALL)
    both = Script(SETTLE | SMALL).session().target_send(255)
    for _ in range(30):
        both.hold().client_read(160).target_send(140)
    yield "client_reads_while_target_sends", both
    both = Script(SETTLE | SMALL).session().target_send(255)
    for _ in range(30):
        both.hold().target_send(140).client_read(160)
    yield "target_sends_while_client_reads", both
    yield "close_over_a_queue", Script(SETTLE | SMALL).session().send(
        size=200, how=LARGE).send(size=200, how=LARGE).send_close()
    left = Script(SMALL).session()
    for _ in range(24):
        left.send(size=200, how=LARGE)
    yield "target_resets_over_a_queue", left.target_send(5).target_close()


def races():
    yield "target_gone_when_written_to", Script().session().hold(
        ).target_close().hold().send().hold().send().send(PING, 2)
    yield "target_reset_when_written_to", Script().session().send().hold(
        ).target_close().hold().send().send()
    yield "client_gone_when_answered", Script().client(0).hold().head(
        0, 0, 0, 0).client_close()
    yield "client_gone_when_served", Script().client(0).hold().head(
        2, 0, 0, 0).hold().head(2, 0, 0, 0).client_close()
    yield "client_gone_when_written_to", Script().session().hold(
        ).client_close().hold().target_send(9).target_send(200)
    yield "both_gone", Script().session().hold().client_close(
        ).target_close()
    yield "client_shut_and_target_sends", Script().session().hold(
        ).client_shut().target_send(9)
    stuck = Script(SETTLE | SMALL).session()
    for _ in range(24):
        stuck.send(size=200, how=LARGE)
    yield "ping_while_target_is_slow", stuck.tick(SECONDS + 26).client_read(
        ALL).tick(SECONDS + 26).tick(SECONDS + 26)
    stuck = Script(SMALL).session()
    for _ in range(24):
        stuck.send(size=200, how=LARGE)
    yield "target_closes_over_a_queue", stuck.hold().target_close().send()
    slow = Script(SMALL).session()
    for _ in range(24):
        slow.send(size=200, how=LARGE)
    slow.send_close().tick(SECONDS + 3).target_read(160).tick(SECONDS + 3)
    yield "closing_makes_progress", slow.target_read(160).tick(
        SECONDS + 3).target_read(ALL).tick(SECONDS + 3)


def openings():
    yield "steps", Script().steps().send().target_send(9)
    yield "no_greeting", Script(SETTLE | NO_GREETING).client(0).head(
        0, 0, 0, 0).opened(0).say(b"hello").send()
    for part in (1, 4, 11):
        yield f"greeting_cut_{part}", Script().client(0).head(
            0, 0, 0, 0).opened(0).send().greet(part).send().greet(0).send()
    yield "greeting_and_more", Script().client(0).head(0, 0, 0, 0).opened(
        0).greet(5).say(b"03.008\n").say(b"xyz")
    yield "greeting_and_more_at_once", Script().client(0).head(
        0, 0, 0, 0).opened(0).greet(5).say(b"03.008\nxyz")
    yield "greeting_wrong", Script().client(0).head(0, 0, 0, 0).opened(
        0).send().say(b"SSH-2.0-x\r\n").client_read(ALL)
    yield "greeting_late", Script().client(0).head(0, 0, 0, 0).opened(
        0).tick(SECONDS + 20).client_read(ALL)
    yield "greeting_never", Script().client(0).head(0, 0, 0, 0).opened(
        0).target_close()
    yield "opened_late", Script().client(0).head(0, 0, 0, 0).send().tick(
        SECONDS + 100).opened(0).client_read(ALL)
    yield "client_leaves_early", Script().client(0).head(
        0, 0, 0, 0).client_close().opened(0)
    yield "client_leaves_in_greeting", Script().client(0).head(
        0, 0, 0, 0).opened(0).client_shut().greet(0)
    for how in (1, 2, 3, 4, 13, 31):
        yield f"opened_{how}", Script().client(0).head(0, 0, 0, 0).opened(
            how).client_read(ALL).send_close()
    yield "refused_over_a_close", Script().client(0).hold().head(
        0, 0, 0, 0).send_close().opened(4)
    yield "pipelined", Script().client(0).head(8, 0, 0, 0).head(
        0, 0, 0, 0).send().send(PING, 3).opened(0).greet(0)


def ends():
    yield "client_closes", Script().session().send().send_close()
    yield "client_closes_strangely", Script().session().send_close(
        b"\x0f\xa1\xc3\xa4")
    yield "client_closes_wrongly", Script().session().send_close(b"\x03")
    yield "client_closes_empty", Script().session().send_close(b"").send()
    yield "client_shuts", Script().session().send().client_shut()
    yield "client_resets", Script().session().target_send(9).client_close()
    yield "target_closes", Script().session().target_send(
        200).target_close().client_read(ALL).send_close().client_shut()
    yield "target_shuts", Script().session().target_send(
        9).target_shut().send().client_read(ALL).send_close()
    yield "target_resets", Script().session().send().target_close().send()
    yield "drain", Script().session().on(1).client(0).on(2).client(0).head(
        6, 0, 0, 0).drain(5).on(0).client_read(ALL).send_close()
    yield "drain_no_longer", Script(0).session().send().drain(5).tick(
        SECONDS + 4).tick(SECONDS + 3).tick(SECONDS + 3)
    yield "drain_new_client", Script().session().drain(5).on(1).client(
        0).head(2, 0, 0, 0)
    yield "no_pong", Script().session().tick(SECONDS + 26).tick(
        SECONDS + 26).tick(SECONDS + 26).client_read(ALL)
    yield "pong", Script().session().tick(SECONDS + 26).send(PONG, 0).tick(
        SECONDS + 26).send(PONG, 0).tick(SECONDS + 26)
    yield "idle", Script(SETTLE | IDLE | NO_PING).session().tick(
        SECONDS + 61).client_read(ALL)
    yield "time_over", Script(SETTLE | LONG | NO_PING).session().tick(
        SECONDS + 127).tick(SECONDS + 127).client_read(ALL)
    yield "closing_times_out", Script(0).session().target_close().tick(
        SECONDS + 4).tick(SECONDS + 6)
    yield "lost_frames_times_out", Script(0).session().send(TEXT).tick(
        SECONDS + 2)


def frames():
    yield "fragments", Script().session().send(fin=0).send(
        PING, 3).send(CONT, 5, fin=0).send(CONT, 0)
    yield "text", Script().session().send().send(TEXT).send()
    yield "reserved", Script().session().frame(0xc2, 0, 1, 1)
    yield "maskless", Script().session().send(how=MASKLESS)
    yield "length_forms", Script().session().send(size=126).send(
        how=2).send(how=3)
    yield "long_control", Script().session().send(PING, 126)
    yield "cut_frame", Script().session().send(size=99, how=CUT).client_shut()
    yield "large", Script().session().send(size=255, how=LARGE).target_read(
        ALL).send(size=255, how=LARGE).target_send(255).client_read(ALL)
    yield "bytes", Script().session().write(b"\x82").write(b"\x83").write(
        b"\1\2").write(b"\3\4ab").write(b"c\x82\x80").write(b"\0\0\0\0")


def requests():
    for head in range(12):
        yield f"request_{head}", Script().client(0).head(
            head, 0, 0, 0).client_read(ALL).head(2, 0, 0, 0)
    yield "head_drips", Script().client(0).write(b"GET / HTTP/1.1\r").write(
        b"\nHost: h").write(b"\r\n").write(b"\r").write(b"\nGET /")
    yield "heads_drip_side_by_side", Script().client(0).write(
        b"GET / HTTP/1.1\r\n").on(1).client(0).write(
        b"HEAD /lab1 HTTP/1.1\r\nHost").on(0).write(b"Host: h\r\n\r\n").on(
        1).write(b": h\r\n\r\n").on(0).client_read(ALL)
    yield "head_late", Script().client(0).head(2, 40, 0, 0).tick(
        SECONDS + 11).client_read(ALL)
    yield "head_silent", Script().client(0).head(2, 0, 0, 0).tick(
        SECONDS + 31).client_read(ALL)
    long = Script().client(0).write(b"GET / HTTP/1.1\r\n")
    for _ in range(36):
        long.write(b"X-Pad: " + b"a" * 230 + b"\r\n")
    yield "head_too_long", long
    yield "linger", Script().client(0).head(9, 0, 0, 0).write(
        b"more").tick(SECONDS + 3)
    yield "refused", Script().client(7).head(2, 0, 0, 0)
    yield "odd_clients", Script().client(0).odd_client(1).odd_client(0)
    crowd = Script(SETTLE | SMALL).client(0)
    for _ in range(30):
        crowd.head(4, 0, 0, 0).head(2, 0, 0, 0)
    yield "answers_unread", crowd.tick(SECONDS + 61).client_read(ALL)
    crowd = Script(SETTLE | SMALL).client(0)
    for _ in range(30):
        crowd.head(2, 0, 0, 0)
    yield "answers_read_late", crowd.client_read(ALL).head(0, 0, 0, 0)


def brokers():
    yield "state", Script().client(0).head(6, 0, 0, 0).stated(
        0).client_read(ALL).head(7, 0, 0, 0).stated(2)
    yield "state_old", Script().client(0).head(6, 0, 0, 0).head(
        2, 0, 0, 0).stated(1)
    yield "state_late", Script().client(0).head(6, 0, 0, 0).tick(
        SECONDS + 4).stated(0)
    yield "state_nobody", Script(SETTLE | NO_BROKER).client(0).head(
        6, 0, 0, 0)
    yield "state_nonsense", Script().client(0).head(6, 0, 0, 0).stated(255)
    yield "no_broker", Script(SETTLE | NO_BROKER).client(0).head(
        0, 0, 0, 0).send().peer().opened(0).greet(0)
    yield "broker_changes", Script().session().on(1).client(0).head(
        0, 0, 0, 0).peer().opened(0).greet(0).on(0).send()
    yield "broker_leaves", Script().session().broker_leaves().send().on(
        1).client(0).head(0, 0, 0, 0).peer()
    yield "broker_raw", Script().session().broker_raw(8, data=b"\x10" * 8)
    yield "traffic", Script().session().send().target_send(9).tick(1).tick(
        1).tick(1).tick(1).send().tick(1)
    yield "reload", Script().session().reload(NO_GREETING).on(1).client(
        0).head(0, 0, 0, 0).opened(0).say(b"x").reload(0).on(0).send()
    yield "three", Script().session().on(1).session().on(2).session().send(
    ).on(0).send().on(1).send_close().client_close().target_close().session()


def people():
    """A PROXY header first; 12 to 18 are the heads of who logs in."""
    USER, HALF, NOBODY = 2, 1, 0
    on = SETTLE | PEOPLE
    for which in range(5):
        yield f"preface_{which}", Script(on).client(0).preface(which, 0).head(
            15, 0, 0, 0).client_read(ALL)
    for cut in (1, 6, 20):
        late = Script(on).client(0).preface(0, cut).tick(SECONDS + 31)
        yield f"preface_late_{cut}", late
        yield f"preface_cut_{cut}", Script(on).client(0).preface(
            0, cut).client_shut()
    yield "preface_and_head", Script(on).client(0).hold().preface(0, 0).head(
        12, 0, 0, 0).auth_says(USER).client_read(ALL)
    yield "no_preface", Script(on).client(0).head(2, 0, 0, 0)
    for state in (USER, HALF, NOBODY, 3):
        for head in (12, 14):
            yield f"who_{head}_{state}", Script(on).client(0).preface(
                0, 0).head(head, 0, 0, 0).auth_says(state).stated(0)
        yield f"who_opens_{state}", Script(on).client(0).preface(0, 0).head(
            13, 0, 0, 0).auth_says(state).opened(0).greet(0).send()
    yield "people_session", Script(on).session().send().target_send(9)
    for code in range(10):
        yield f"login_{code}", Script(on).client(0).preface(0, 0).head(
            16, 0, 0, 0).auth_says(code).client_read(ALL)
        yield f"login_code_{code}", Script(on).client(0).preface(0, 0).head(
            17, 0, 0, 0).auth_says(code).client_read(ALL)
    yield "logout", Script(on).client(0).preface(0, 0).head(
        18, 0, 0, 0).auth_says(0).client_read(ALL)
    yield "login_far_away", Script(on).client(0).preface(1, 0).head(
        15, 0, 0, 0).client_read(ALL)
    yield "auth_changes", Script(on).client(0).preface(0, 0).head(
        12, 0, 0, 0).auth_peer().auth_says(USER).client_read(ALL)
    yield "auth_leaves", Script(on).client(0).preface(0, 0).auth_leaves(
        ).head(12, 0, 0, 0).auth_peer().auth_says(USER).client_read(ALL)
    yield "auth_raw", Script(on).client(0).preface(0, 0).head(
        12, 0, 0, 0).auth_raw(8, data=b"\x10" * 8).auth_peer()
    yield "auth_late", Script(on).client(0).preface(0, 0).head(
        12, 0, 0, 0).tick(SECONDS + 50).auth_says(USER).client_read(ALL)
    yield "asks_and_leaves", Script(on).client(0).preface(0, 0).head(
        16, 0, 0, 0).client_close().auth_says(0)
    for n in range(8):
        yield f"starve_asking_{n}", Script(PEOPLE).client(0).preface(
            0, 0).starve(n).head(16, 0, 0, 0).auth_says(0)
        yield f"starve_preface_{n}", Script(PEOPLE).client(0).starve(
            n).preface(0, 7).preface(0, 0)
        yield f"starve_known_{n}", Script(PEOPLE).client(0).preface(
            0, 0).head(12, 0, 0, 0).starve(n).auth_says(USER)


def boards():
    """19 to 21 ask for the board. What the broker says: see client_board.c."""
    SEES, STATES, OVER, OTHER, NONE, TEXTS, WRONG = 0, 2, 3, 4, 8, 16, 32

    def says(script, how, data=b""):
        return script.board_says(len(data), how, data=data)

    def asked(conditions=SETTLE):
        return Script(conditions).client(0).head(19, 0, 0, 0)

    def live(conditions=SETTLE):
        return says(asked(conditions), SEES | 192)

    for how in (n for n in range(64) if n % 4 != 1):
        if how < 16:
            yield f"board_{how}", says(
                asked(), how, b"\x02" * 9).client_read(ALL)
        yield f"board_live_{how}", says(live(), how, b"\x02" * 9).client_read(
            ALL)
    yield "board_states_first", says(says(asked(), STATES, b"\x01"), SEES)
    yield "board_of_head", Script().client(0).head(21, 0, 0, 0).client_read(ALL)
    yield "board_no_broker", asked(SETTLE | NO_BROKER).client_read(ALL)
    yield "board_late", asked().tick(SECONDS + 7).client_read(ALL)
    yield "board_beats", live().tick(SECONDS + 16).tick(SECONDS + 16)
    for n, leave in enumerate(("client_close", "client_shut", "broker_leaves",
                               "peer")):
        yield f"board_asked_leaves_{n}", getattr(asked(), leave)()
        yield f"board_live_leaves_{n}", getattr(live(), leave)()
    for script in (asked, live):
        yield f"board_{script.__name__}_reload", script().reload(
            NO_GREETING).client_read(ALL)
        yield f"board_{script.__name__}_drain", script().drain(5)
        yield f"board_{script.__name__}_more", script().head(
            0, 0, 0, 0).head(19, 0, 0, 0).client_read(ALL)
    slow = live(SETTLE | SMALL)
    for n in range(40):
        says(slow, STATES | TEXTS, bytes([n + 1]) * 80)
    yield "board_slow", slow.client_read(ALL)
    yield "board_stuck", slow.tick(SECONDS + 16).tick(SECONDS + 16).tick(
        SECONDS + 16).tick(SECONDS + 16)
    for state in range(3):
        yield f"board_of_{state}", says(Script(SETTLE | PEOPLE).client(
            0).preface(0, 0).head(20, 0, 0, 0).auth_says(state), SEES)
    for n in range(8):
        yield f"board_starve_begin_{n}", Script(0).client(0).starve(n).head(
            19, 0, 0, 0)
        yield f"board_starve_sees_{n}", says(asked(0).starve(n), SEES)
        yield f"board_starve_states_{n}", says(live(0).starve(n), STATES)
        yield f"board_starve_over_{n}", says(live(0).starve(n), OVER)


def starving():
    for n in (1, 2, 3, 4, 5, 6, 8, 10):
        yield f"starve_session_{n}", Script(0).starve(n - 1).session().send()
        yield f"starve_end_{n}", Script(0).session().send().starve(
            n - 1).send_close()
        yield f"starve_target_end_{n}", Script(0).session().starve(
            n - 1).target_close().client_read(ALL)
        yield f"starve_opening_{n}", Script(0).client(0).head(
            0, 0, 0, 0).starve(n - 1).opened(0).greet(0).client_read(ALL)
        yield f"starve_refusal_{n}", Script(0).client(0).head(
            0, 0, 0, 0).send().starve(n - 1).opened(5).client_read(ALL)
        yield f"starve_peer_{n}", Script(0).session().on(1).client(0).head(
            0, 0, 0, 0).starve(n - 1).peer()
    for n in (1, 2, 3, 4, 5):
        yield f"starve_head_{n}", Script(0).client(0).starve(n - 1).write(
            b"GET /proxy?target=desk")
        yield f"starve_state_{n}", Script(0).client(0).starve(n - 1).head(
            6, 0, 0, 0).stated(0)
        flood = Script(SMALL).session()
        for _ in range(4):
            flood.target_send(255).send(size=250, how=LARGE)
        yield f"starve_queue_{n}", flood.starve(n - 1).target_send(255)
        yield f"starve_queue_back_{n}", flood.starve(n - 1).send(
            size=250, how=LARGE)
        yield f"starve_ping_{n}", flood.starve(n - 1).write(
            b"\x89\x80abcd" * 12)
        yield f"starve_page_{n}", Script(SMALL).client(0).starve(n - 1).head(
            2, 0, 0, 0).head(3, 0, 0, 0)


def watching():
    login, key = b"RFB 003.008\n\x01\x00", b"\x04\x01\0\0\0\0\0a"
    asks = b"\x03\x01\0\0\0\0\x04\0\x03\0"

    def own(script, data):
        return script.frame(BINARY | FIN, OWN, len(data), 0x33, data=data)

    def opened(script):
        return script.opened(WATCHING).greet(0)

    def client():
        return Script().client(0).head(0, 0, 0, 0)

    yield "watch", own(opened(client()), login + key + asks + key).target_read(ALL)
    cut = opened(client())
    for byte in login + asks + key + asks:
        own(cut, bytes([byte]))
    yield "watch_cut", cut.target_read(ALL)
    yield "watch_early", opened(own(own(client(), login), key + asks)).target_read(ALL)
    yield "watch_hidden", own(opened(client()), b"RFB 003.008\n\x13" + key)
    yield "watch_unknown", own(own(opened(client()), login), b"\x07" + key)
    yield "watch_old", own(client().opened(WATCHING).say(b"RFB 003.003\n"), key)
    yield "watch_new_broker", own(own(opened(client()), login).peer(), key + asks)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for group in (races, openings, ends, frames, requests, brokers, backpressure,
                  people, boards, starving, watching):
        for name, script in group():
            (folder / f"seed_{name}").write_bytes(script.bytes)


if __name__ == "__main__":
    main()
