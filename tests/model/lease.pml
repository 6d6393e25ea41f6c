/* SPDX-License-Identifier: ISC */
/*
 * Whose a target is: an exclusive target with a queue and takeovers, three
 * clients of two workers, a broker that may crash once, a worker that may crash
 * once. README.md says which function of the code each step is.
 *
 * A client comes once, so that no run is endless: whoever is still waiting when
 * nothing moves any more has been forgotten. That needs no fairness.
 *
 * Mutants: each of these macros makes one mistake, which spin must find.
 *   CLOSED_FIRST     CLOSED is said before the target's socket is closed
 *   NO_HOLD_BACK     a new broker does not wait for what workers hold
 *   COUNTED          it counts those that have told, whichever they are
 *   FREE_AT_EOF      a lease ends with its worker's channel
 *   NO_FENCE         an intent is against whoever holds it now
 *   EARLY_FREES      CLOSED frees the lease, even if it crosses OPENED
 *   NO_WAKE_AT_GONE  nobody looks who waits when a worker has gone
 */
#define CLIENTS 3
#define WORKERS 2
#define LINKS	3 /* channels of one worker, one after the other */
#define ROOM	8

#define WORKER_OF(c) ((c) / 2)
#define LINK(w, i)   ((w) * LINKS + (i))

mtype = {OPEN, CLOSED, EARLY, HELD, HELD_END, /* up */
	OPENED, REFUSED, END,		      /* down */
	PEER, GONE};			      /* master to broker */

chan up[6] = [ROOM] of {mtype, byte, byte};
chan down[6] = [ROOM] of {mtype, byte, byte};
chan from_master = [ROOM] of {mtype, byte, byte};

/* The target counts. */
byte sockets;

/* Workers, and the clients that they know. */
mtype = {AWAY, OPENING, SESSION, CLOSING, SAID, OVER};
mtype state[CLIENTS] = AWAY;
byte fence[CLIENTS]; /* OPENED's */

mtype = {ALIVE, DYING, DEAD};
mtype process[WORKERS] = ALIVE;
byte its_link[WORKERS]; /* that it uses */
byte given[WORKERS];	/* PEER's, the last one; the master's, too */
bool is_cut[6];		/* one of its ends has died */

/* Intents, of the broker's life in which they were made. */
byte intent[CLIENTS];
byte against[CLIENTS]; /* a ghost: who held it then, + 1 */

/* The broker. */
mtype = {NOTHING, QUEUED, OPEN_NOW, ORPHAN};
bool is_up = 1;
bool is_due;
byte last_fence; /* rises over its crash, as the clock does */
mtype session[CLIENTS] = NOTHING;
bool is_ended[CLIENTS];
byte its_fence[CLIENTS];
byte want[CLIENTS];
bool unheard[WORKERS];
byte link[WORKERS];
#ifdef COUNTED
byte heard_count, living_count;
#endif

byte broker_crashes = 1, worker_crashes = 1;

inline say(queue, kind, one, two)
{
	assert(nfull(queue));
	queue!kind, one, two;
}

inline connect()
{
	sockets++;
	assert(sockets == 1) /* the target never has two */
}

/* ---- the worker ---- */

inline tell(tw, tkind, tc, tf)
{
	if
	:: is_cut[LINK(tw, its_link[tw])]
	:: else -> say(up[LINK(tw, its_link[tw])], tkind, tc, tf)
	fi
}

/* What nobody has read ends with its channel, sockets too. */
inline discard(dq)
{
	do
	:: dq?[OPENED, _, _] -> dq?OPENED, _, _; sockets--
	:: nempty(dq) && !dq?[OPENED, _, _] -> dq?_, _, _
	:: empty(dq) -> break
	od
}

/* The new channel: what is held, and who waits. */
inline join(jw)
{
	discard(down[LINK(jw, its_link[jw])]);
	its_link[jw] = given[jw];
	n = 0;
	do
	:: n < CLIENTS ->
		if
		:: WORKER_OF(n) == jw &&
		    (state[n] == SESSION || state[n] == CLOSING) ->
			tell(jw, HELD, n, fence[n])
		:: else
		fi;
		n++
	:: else -> break
	od;
	tell(jw, HELD_END, jw, 0);
	n = 0;
	do
	:: n < CLIENTS ->
		if
		:: WORKER_OF(n) == jw && state[n] == OPENING ->
			tell(jw, OPEN, n, intent[n])
		:: else
		fi;
		n++
	:: else -> break
	od;
	n = 0
}

inline hear(hw, hkind, hc, hf)
{
	if
	:: hkind == OPENED && state[hc] == OPENING ->
		state[hc] = SESSION;
		intent[hc] = 0;
		fence[hc] = hf
	:: hkind == OPENED && state[hc] != OPENING ->
		sockets--;
		tell(hw, CLOSED, hc, 0)
	:: hkind == REFUSED && state[hc] == OPENING -> assert(false)
	:: hkind == REFUSED && state[hc] != OPENING
	:: hkind == END && state[hc] == SESSION -> state[hc] = CLOSING
	:: hkind == END && state[hc] != SESSION
	fi
}

proctype Worker(byte w)
{
	byte c, f, n;
	mtype type;

end:
	do
	:: atomic {
		process[w] == ALIVE && nempty(down[LINK(w, its_link[w])]) ->
		down[LINK(w, its_link[w])]?type, c, f;
		hear(w, type, c, f);
		type = 0; c = 0; f = 0
	}
	:: d_step {
		process[w] == ALIVE && given[w] != its_link[w] ->
		join(w)
	}
	od
}

#define IS_IN(c) (state[c] == SESSION || state[c] == CLOSING)

/* Something happens still: who waits in vain when nothing does stays. */
#define IS_BUSY(w) \
	(sockets > 0 || is_due || !is_up || nempty(from_master) || \
	    nempty(up[LINK(w, its_link[w])]) || \
	    nempty(down[LINK(w, its_link[w])]))

inline be_over(bc)
{
	state[bc] = OVER;
	fence[bc] = 0;
	intent[bc] = 0
}

/* A client, and what its worker does for it. */
proctype Client(byte c)
{
	byte n;

	/* it may first have said on the page that it takes it over */
	if
	:: skip
	:: atomic {
		is_up && c != 0 -> /* one is enough of each kind */
		n = 0;
		do
		:: n < CLIENTS &&
		    !(session[n] == OPEN_NOW && !is_ended[n]) -> n++
		:: else -> break
		od;
		if
		:: n < CLIENTS ->
			intent[c] = its_fence[n];
			against[c] = n + 1
		:: else
		fi;
		n = 0
	}
	fi;
	atomic {
		process[WORKER_OF(c)] == ALIVE ->
		state[c] = OPENING;
		tell(WORKER_OF(c), OPEN, c, intent[c])
	}
end:
	do
	:: atomic {
		process[WORKER_OF(c)] == ALIVE && state[c] == OPENING &&
		    IS_BUSY(WORKER_OF(c)) ->
		be_over(c);
		tell(WORKER_OF(c), EARLY, c, 0)
	}
#ifdef CLOSED_FIRST
	:: atomic {
		process[WORKER_OF(c)] == ALIVE && IS_IN(c) ->
		tell(WORKER_OF(c), CLOSED, c, 0);
		state[c] = SAID
	}
	:: atomic {
		process[WORKER_OF(c)] == ALIVE && state[c] == SAID ->
		sockets--;
		be_over(c)
	}
#else
	:: atomic {
		process[WORKER_OF(c)] == ALIVE && IS_IN(c) ->
		sockets--;
		tell(WORKER_OF(c), CLOSED, c, 0);
		be_over(c)
	}
#endif
	od
}

/* ---- the broker ---- */

inline remove(rc)
{
	if
	:: session[rc] != NOTHING ->
		session[rc] = NOTHING;
		is_ended[rc] = 0;
		its_fence[rc] = 0;
		want[rc] = 0;
		against[rc] = 0;
		is_due = 1
	:: else
	fi
}

/* Also a worker that has not yet told what it holds may hold it. */
#if defined(NO_HOLD_BACK)
#define IS_KNOWN 1
#elif defined(COUNTED)
#define IS_KNOWN (heard_count >= living_count)
#else
#define IS_KNOWN (!unheard[0] && !unheard[1])
#endif
#define IS_HELD(c)  (session[c] == OPEN_NOW || session[c] == ORPHAN)
#define HAS_ROOM    (IS_KNOWN && !IS_HELD(0) && !IS_HELD(1) && !IS_HELD(2))
#define IS_READ(w)  (!is_cut[LINK(w, link[w])])

/* What can't be sent is closed. */
inline send(sw, skind, sc, sf)
{
	if
	:: IS_READ(sw) -> say(down[LINK(sw, link[sw])], skind, sc, sf)
	:: !IS_READ(sw) && skind == OPENED -> sockets--
	:: !IS_READ(sw) && skind != OPENED
	fi
}

inline dial(dc)
{
	last_fence++;
	its_fence[dc] = last_fence;
	session[dc] = OPEN_NOW;
	want[dc] = 0;
	against[dc] = 0;
	connect();
	send(WORKER_OF(dc), OPENED, dc, its_fence[dc])
}

/* n: whose place c wants, if that is still what it was about. */
inline find_holder(fc)
{
	n = 0;
	do
	:: n < CLIENTS && !(IS_HELD(n) && want[fc] != 0 &&
#ifdef NO_FENCE
	       1
#else
	       its_fence[n] == want[fc]
#endif
	       ) -> n++
	:: else -> break
	od
}

inline end_holder(ec)
{
	find_holder(ec);
	if
	:: n < CLIENTS && session[n] == OPEN_NOW && !is_ended[n] ->
		assert(against[ec] == n + 1); /* an old intent takes nothing */
		is_ended[n] = 1;
		send(WORKER_OF(n), END, n, 0)
	:: else
	fi;
	n = 0
}

inline serve()
{
	is_due = 0;
	if
	:: HAS_ROOM && session[0] == QUEUED -> dial(0)
	:: HAS_ROOM && session[1] == QUEUED -> dial(1)
	:: HAS_ROOM && session[2] == QUEUED -> dial(2)
	:: !HAS_ROOM ->
		m = 0;
		do
		:: m < CLIENTS ->
			if
			:: session[m] == QUEUED -> end_holder(m)
			:: else
			fi;
			m++
		:: else -> break
		od;
		m = 0
	:: else
	fi
}

inline discard_up(uw)
{
	do
	:: nempty(up[LINK(uw, link[uw])]) -> up[LINK(uw, link[uw])]?_, _, _
	:: empty(up[LINK(uw, link[uw])]) -> break
	od
}

/* Its channel is forgotten. */
inline disconnect(xw)
{
	n = 0;
	do
	:: n < CLIENTS && WORKER_OF(n) == xw ->
		if
		:: session[n] == QUEUED -> remove(n)
#ifdef FREE_AT_EOF
		:: session[n] == OPEN_NOW -> remove(n)
#else
		:: session[n] == OPEN_NOW -> session[n] = ORPHAN
#endif
		:: else
		fi;
		n++
	:: n < CLIENTS && WORKER_OF(n) != xw -> n++
	:: else -> break
	od;
	n = 0
}

inline end_orphans(ow)
{
	n = 0;
	do
	:: n < CLIENTS && WORKER_OF(n) == ow && session[n] == ORPHAN ->
		remove(n);
#ifdef NO_WAKE_AT_GONE
		is_due = 0;
#endif
		n++
	:: n < CLIENTS && !(WORKER_OF(n) == ow && session[n] == ORPHAN) -> n++
	:: else -> break
	od;
	n = 0
}

inline note_heard(nw)
{
	if
	:: unheard[nw] -> unheard[nw] = 0; is_due = 1
	:: else
	fi
}

inline on_master(mkind, mw, mi)
{
	if
	:: mkind == PEER ->
		disconnect(mw);
		discard_up(mw);
		link[mw] = mi
	:: mkind == GONE && mi >= link[mw] ->
		disconnect(mw);
		discard_up(mw);
		end_orphans(mw);
		note_heard(mw)
	:: mkind == GONE && mi < link[mw]
	fi
}

inline on_worker(ww, wkind, wc, wf)
{
	if
	:: wkind == OPEN ->
		want[wc] = wf;
		session[wc] = QUEUED;
		if
		:: HAS_ROOM -> dial(wc)
		:: else -> end_holder(wc)
		fi
	:: wkind == CLOSED -> remove(wc)
	:: wkind == EARLY ->
		if
		:: session[wc] == QUEUED ->
			remove(wc);
			send(ww, REFUSED, wc, 0)
#ifdef EARLY_FREES
		:: session[wc] == OPEN_NOW -> remove(wc)
#endif
		:: else
		fi
	:: wkind == HELD ->
		remove(wc);
		session[wc] = OPEN_NOW;
		its_fence[wc] = wf
	:: wkind == HELD_END ->
#ifdef COUNTED
		heard_count++;
		is_due = 1;
#endif
		end_orphans(ww);
		note_heard(ww)
	fi
}

proctype Broker()
{
	byte w, i, c, f, n, m;
	mtype type;

end:
	do
	:: atomic {
		is_up && nempty(from_master) ->
		from_master?type, w, i;
		on_master(type, w, i);
		type = 0; w = 0; i = 0
	}
	:: atomic {
		is_up && nempty(up[LINK(0, link[0])]) ->
		up[LINK(0, link[0])]?type, c, f;
		on_worker(0, type, c, f);
		type = 0; c = 0; f = 0
	}
	:: atomic {
		is_up && nempty(up[LINK(1, link[1])]) ->
		up[LINK(1, link[1])]?type, c, f;
		on_worker(1, type, c, f);
		type = 0; c = 0; f = 0
	}
	/* the end of a channel, behind all that was in it */
	:: atomic {
		is_up && is_cut[LINK(0, link[0])] &&
		    empty(up[LINK(0, link[0])]) &&
		    (session[0] == OPEN_NOW || session[1] == OPEN_NOW ||
			session[0] == QUEUED || session[1] == QUEUED) ->
		disconnect(0)
	}
	:: atomic {
		is_up && is_cut[LINK(1, link[1])] &&
		    empty(up[LINK(1, link[1])]) &&
		    (session[2] == OPEN_NOW || session[2] == QUEUED) ->
		disconnect(1)
	}
	:: atomic { is_up && is_due -> serve() }
	od
}

/* ---- crashes, and the master ---- */

inline give_peer(gw)
{
	given[gw]++;
	say(from_master, PEER, gw, given[gw])
}

/* A process has ended: its sockets are closed, wherever they were. */
inline end_process(pw)
{
	n = 0;
	do
	:: n < CLIENTS && WORKER_OF(n) == pw && state[n] != AWAY &&
	    state[n] != OVER ->
		if
		:: state[n] == SESSION || state[n] == CLOSING ||
		    state[n] == SAID -> sockets--
		:: else
		fi;
		be_over(n);
		n++
	:: n < CLIENTS &&
	    !(WORKER_OF(n) == pw && state[n] != AWAY && state[n] != OVER) ->
		n++
	:: else -> break
	od;
	n = 0;
	do
	:: n < LINKS -> discard(down[LINK(pw, n)]); n++
	:: else -> break
	od;
	n = 0;
	process[pw] = DEAD
}

inline forget_up(vw)
{
	m = 0;
	do
	:: m < LINKS ->
		do
		:: nempty(up[LINK(vw, m)]) -> up[LINK(vw, m)]?_, _, _
		:: empty(up[LINK(vw, m)]) -> break
		od;
		m++
	:: else -> break
	od;
	m = 0
}

inline crash_broker()
{
	is_up = 0;
	is_due = 0;
	broker_crashes--;
	do
	:: nempty(from_master) -> from_master?_, _, _
	:: empty(from_master) -> break
	od;
	n = 0;
	do
	:: n < CLIENTS ->
		session[n] = NOTHING;
		is_ended[n] = 0;
		its_fence[n] = 0;
		want[n] = 0;
		intent[n] = 0;
		against[n] = 0;
		n++
	:: else -> break
	od;
	n = 0;
	do
	:: n < WORKERS ->
		forget_up(n);
		is_cut[LINK(n, given[n])] = 1;
		unheard[n] = 0;
		n++
	:: else -> break
	od;
	n = 0
}

inline start_broker()
{
	is_up = 1;
#ifdef COUNTED
	heard_count = 0;
	living_count = 0;
#endif
	n = 0;
	do
	:: n < WORKERS && process[n] != DEAD ->
		unheard[n] = 1;
#ifdef COUNTED
		living_count++;
#endif
		link[n] = given[n]; /* none, until it hears PEER */
		give_peer(n);
		n++
	:: n < WORKERS && process[n] == DEAD -> link[n] = given[n]; n++
	:: else -> break
	od;
	n = 0
}

/* Its channel may end before its other sockets do. */
inline begin_end(yw)
{
	worker_crashes--;
	process[yw] = DYING;
	is_cut[LINK(yw, its_link[yw])] = 1;
	is_cut[LINK(yw, given[yw])] = 1
}

inline end_and_tell(aw)
{
	end_process(aw);
	if
	:: is_up -> say(from_master, GONE, aw, given[aw])
	:: else
	fi
}

inline start_worker(bw)
{
	process[bw] = ALIVE;
	if
	:: is_up -> give_peer(bw)
	:: else
	fi
	/* else the next broker gives it one */
}

proctype Master()
{
	byte n, m;

	/* none of them needs to */
	if
	:: broker_crashes = 0
	:: skip
	fi;
	if
	:: worker_crashes = 0
	:: skip
	fi;

end:
	do
	:: d_step { is_up && broker_crashes > 0 -> crash_broker() }
	:: d_step { !is_up -> start_broker() }
	:: d_step {
		worker_crashes > 0 && process[0] == ALIVE ->
		begin_end(0)
	}
	:: d_step {
		worker_crashes > 0 && process[1] == ALIVE ->
		begin_end(1)
	}
	:: d_step { process[0] == DYING -> end_and_tell(0) }
	:: d_step { process[1] == DYING -> end_and_tell(1) }
	:: d_step { process[0] == DEAD -> start_worker(0) }
	:: d_step { process[1] == DEAD -> start_worker(1) }
	od
}

/* Nothing moves: nobody who would wait has been forgotten. */
proctype Witness()
{
	byte n;

	timeout;
	d_step {
		do
		:: n < CLIENTS ->
			assert(state[n] == OVER);
			n++
		:: else -> break
		od;
		assert(sockets == 0)
	}
}

init {
	atomic {
		run Broker();
		run Worker(0);
		run Worker(1);
		run Client(0);
		run Client(1);
		run Client(2);
		run Master();
		run Witness()
	}
}
