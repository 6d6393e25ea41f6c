# SPDX-License-Identifier: ISC
"""/metrics: what is counted, where it is served, and what Prometheus makes of it.

With Debian's prometheus, in the PATH: promtool judges the page, the alert rules
and the dashboard's queries, and a running Prometheus scrapes the daemon.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.parse
import urllib.request

import pytest

import rfb
import wsclient
from daemon import free_port
from people import Browser, People, logged_in
from proc import Program
from tlsclient import Listen, client_context, listen_body
from waiting import seconds, until

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ALERTS = os.path.join(TOP, "etc", "vncbridge-alerts.yml")
ALERTS_TEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "alerts_test.yml")
DASHBOARD = os.path.join(TOP, "etc", "vncbridge-dashboard.json")
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SAMPLE = re.compile(r"^(\w+(?:\{.*\})?) (\S+)$")

needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="prometheus is not there"
)


class Scraped:
    """A daemon with a listener for metrics, and what is read there."""

    def __init__(self, bridge, body="", listen=None, **settings):
        self.address = ("127.0.0.1", free_port())
        first = listen or f"127.0.0.1:{free_port()}"
        self.one = bridge(
            listen=[first, Listen("%s:%d" % self.address, f"metrics = yes {body}")],
            **settings,
        )

    def page(self, **how):
        answer = wsclient.get(self.address, "/metrics", **how)
        assert answer.status == 200
        return answer.body.decode()

    def values(self):
        return parse(self.page())

    def until(self, name, value, timeout=10):
        return until(
            lambda: self.values()[name] == value, timeout, f"{name} to be {value}"
        )


def parse(page):
    """{"name{labels}": value}; no line but comments is anything else."""
    values = {}
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, line
        assert match[1] not in values, line
        values[match[1]] = float(match[2])
    return values


@pytest.fixture
def scraped(bridge):
    return lambda **how: Scraped(bridge, **how)


def test_the_listener_has_metrics_and_health_and_nothing_else(scraped):
    s = scraped()
    answer = wsclient.get(s.address, "/metrics")
    assert answer.status == 200
    assert answer.get("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.get("cache-control") == "no-store"
    assert wsclient.get(s.address, "/healthz").status == 200
    for path in ("/", "/lab1", "/api/targets", "/assets/style.css", "/metrics/x"):
        assert wsclient.get(s.address, path).status == 404, path
    assert wsclient.get(s.address, "/metrics", method="POST").status == 405
    head = wsclient.get(s.address, "/metrics", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    # elsewhere it is a desktop of that name
    page = s.one.get("/metrics")
    assert page.get("content-type") == "text/html; charset=utf-8"
    assert b"vncbridge_sessions" not in page.body


def test_who_asks_for_openmetrics_gets_it(scraped):
    s = scraped()
    plain = s.values()
    answer = wsclient.get(
        s.address, "/metrics", headers=[("Accept", "application/openmetrics-text;q=0.7, */*;q=0.5")]
    )
    assert answer.get("content-type") == OPENMETRICS
    lines = answer.body.decode().splitlines()
    assert lines[-1] == "# EOF" and lines.count("# EOF") == 1
    families, family = {}, None
    for line in lines[:-1]:
        word = line.split(" ")
        if word[0] == "#":
            if word[1] == "HELP":
                family = word[2]
                assert family not in families
            elif word[1] == "TYPE":
                families[family] = word[3]
            else:
                assert word[1] == "UNIT" and family.endswith("_" + word[3])
            assert word[2] == family
            continue
        name = re.match(r"\w+", line)[0]
        suffixes = {"counter": ["_total"], "info": ["_info"], "gauge": [""]}.get(
            families[family], ["_bucket", "_sum", "_count"]
        )
        assert name in [family + suffix for suffix in suffixes], line
    assert families["vncbridge_relayed_bytes"] == "counter"
    # and nothing else has changed
    whole = {re.sub(r'le="(\d+)\.0"', r'le="\1"', name) for name in parse("\n".join(lines))}
    assert whole == set(plain)
    # the connection's next may be another
    for accept, kind in (
        ("text/plain;q=0.9, application/openmetrics-text;q=0.8", PLAIN),
        ("application/openmetrics-text; version=1.0.0", OPENMETRICS),
        ("*/*", PLAIN),
    ):
        answer = wsclient.get(s.address, "/metrics", headers=[("Accept", accept)])
        assert answer.get("content-type") == kind, accept
    head = wsclient.get(
        s.address, "/metrics", method="HEAD", headers=[("Accept", "application/openmetrics-text")]
    )
    assert (head.status, head.body, head.get("content-type")) == (200, b"", OPENMETRICS)


def test_no_desktop_is_reached_by_the_listener(scraped, testcard):
    s = scraped()
    with wsclient.WsClient(s.address) as client:
        answer = client.upgrade(f"/proxy?target={testcard('echo').target}")
        assert answer.status == 404
    s.until('vncbridge_opens_total{code="0",cause="ok"}', 0)


def test_a_page_of_another_site_cannot_read_it(scraped):
    """By a name that it has made lead here (DNS rebinding)."""
    s = scraped(hosts=["bridge.example"])
    for host, status in (("evil.example", 421), ("bridge.example", 200)):
        with wsclient.HttpClient(s.address) as client:
            client.request("GET", "/metrics", [("Host", host)], host=False)
            assert client.read_response().status == status


def test_sessions_and_bytes_are_counted(scraped, testcard):
    s = scraped()
    card = testcard("echo")
    with s.one.connect(card.target) as client:
        rfb.raw_greet(client)
        client.send(b"x" * 1000)
        client.recv_exact(1000)
        values = s.values()
        assert values["vncbridge_sessions"] == 1
        assert values["vncbridge_sessions_opened_total"] == 1
        assert values['vncbridge_opens_total{code="0",cause="ok"}'] == 1
        up = values['vncbridge_relayed_bytes_total{direction="to_target"}']
        assert up == 1012  # and the greeting
        assert values['vncbridge_relayed_bytes_total{direction="to_client"}'] == 1012
        assert values["vncbridge_connect_seconds_count"] == 1
        assert values["vncbridge_first_byte_seconds_count"] == 1
    s.one.wait_end()
    s.until("vncbridge_sessions", 0)
    values = s.values()
    assert values['vncbridge_relayed_bytes_total{direction="to_target"}'] == up
    ends = [n for n in values if n.startswith("vncbridge_session_ends") and values[n]]
    assert len(ends) == 1


def test_refusals_are_counted_by_their_cause(scraped):
    s = scraped(allow=["127.0.0.1:1-65535"])
    for target, cause in (
        ("192.0.2.1:5901", 'code="4520",cause="not_allowed"'),
        ("127.0.0.1:1", 'code="4500",cause="tcp_error"'),
    ):
        with s.one.connect(target) as client:
            client.wait_close()
        s.until("vncbridge_opens_total{%s}" % cause, 1)
        s.until("vncbridge_session_ends_total{%s}" % cause, 1)
    assert s.one.get("/nothing/here").status == 404
    assert s.values()['vncbridge_http_responses_total{code="404"}'] == 1


def test_what_a_client_names_is_no_label(scraped):
    s = scraped()
    s.page()
    before = set(s.values())
    for n in range(20):
        with s.one.connect(f"192.0.2.{n}:59{n:02}") as client:
            client.wait_close()
        s.one.get(f"/made-up-{n}")
    assert set(s.values()) == before


def test_a_ping_is_measured(scraped, testcard):
    s = scraped(ping_interval=1)
    with s.one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)

        def is_measured():
            # what arrives is read, and pings are answered
            client.send(b"x")
            client.recv_exact(1)
            return s.values()["vncbridge_ping_seconds_count"] >= 1

        until(is_measured, 20, "a pong")


def test_the_ways_of_sessions_are_measured(scraped, testcard):
    s = scraped(workers=1)
    name = 'vncbridge_round_trip_seconds_count{towards="%s"}'
    assert s.values()[name % "client"] == 0
    with s.one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)

        def is_measured():
            client.send(b"x")
            values = s.values()
            return values[name % "client"] > 0 and values[name % "target"] > 0

        until(is_measured, 10, "a round trip")
    values = s.values()
    # on loopback; and nothing was lost there
    assert values['vncbridge_round_trip_seconds_bucket{towards="client",le="10"}'] > 0
    assert 'vncbridge_resent_segments_total{towards="target"}' in values


def test_targets_and_certificates_have_a_series_each(bridge, authority, testcard):
    pair = authority.server()
    context = client_context(authority)
    first = Listen(f"127.0.0.1:{free_port()}", listen_body([pair]))
    card = testcard("echo")
    s = Scraped(
        bridge,
        listen=first,
        context=context,
        extra=f'target "lab1" {{ address = "{card.target}" }}',
    )
    with s.one.connect("lab1") as client:
        rfb.raw_greet(client)
        values = s.values()
        assert values['vncbridge_target_sessions{target="lab1"}'] == 1
        assert values['vncbridge_tls_handshakes_total{result="full"}'] >= 1
        assert values['vncbridge_signatures_total{result="done"}'] >= 1
        ends = [n for n in values if n.startswith("vncbridge_certificate_not_after")]
        assert len(ends) == 1 and values[ends[0]] > 1_700_000_000


def test_what_was_counted_survives_a_replaced_process(scraped, testcard):
    s = scraped()
    name = 'vncbridge_opens_total{code="0",cause="ok"}'
    with s.one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        s.until(name, 1)
        pid = s.one.broker()
        os.kill(pid, signal.SIGKILL)
        s.one.wait_other_broker(pid)
        s.until('vncbridge_process_restarts_total{process="broker",index="0"}', 1)
        assert s.values()[name] == 1


def test_a_process_that_hangs_delays_no_page_for_long(scraped):
    """Its last counts are shown."""
    s = scraped(watchdog_timeout=0)
    before = s.values()
    pid = s.one.broker()
    os.kill(pid, signal.SIGSTOP)
    try:
        with socket.create_connection(s.address, timeout=seconds(10)):
            pass
        now = s.values()  # an answer at all: it must come in three seconds
        assert set(now) == set(before)
        now = s.values()
        assert now['vncbridge_process_up{process="broker",index="0"}'] == 1
    finally:
        os.kill(pid, signal.SIGCONT)
    s.until("vncbridge_sessions", 0)


def test_logins_are_counted_by_what_became_of_them(scraped, directory):
    people = People(directory)
    people.add("alice")
    s = scraped(extra=people.section)
    logged_in(s.one, "alice")
    Browser(s.one).login("alice", "wrong")
    name = 'vncbridge_logins_total{kind="password",result="%s"}'
    s.until(name % "ok", 1)
    s.until(name % "refused", 1)
    values = s.values()
    assert values["vncbridge_logins_open"] == 1
    assert values["vncbridge_hash_seconds_count"] == 2
    assert values['vncbridge_process_up{process="auth",index="0"}'] == 1
    # who scrapes does not log in
    assert wsclient.get(s.one.address, "/metrics").status != 200


def test_vncbridgectl_shows_the_same(scraped):
    s = scraped()
    done = s.one.ctl("metrics")
    assert done.returncode == 0, done.stderr
    assert set(parse(done.stdout)) == set(s.values())


def test_metrics_over_tls_ask_for_a_certificate(bridge, authority):
    pair = authority.server()
    context = client_context(authority)
    s = Scraped(bridge, body=listen_body([pair]))
    page = s.page(context=context)
    assert "vncbridge_sessions" in page


def test_a_reload_moves_the_listener(scraped):
    s = scraped()
    s.page()
    other = ("127.0.0.1", free_port())
    with open(s.one.conf_path, encoding="utf-8") as f:
        text = f.read().replace(":%d" % s.address[1], ":%d" % other[1])
    s.one.write_conf(text)
    assert s.one.ctl("reload", "-f", s.one.conf_path).returncode == 0
    s.address = other
    values = s.values()
    assert values['vncbridge_reloads_total{result="done"}'] == 1
    assert values["vncbridge_configuration_generation"] == 2
    # and to one of desktops, which has no metrics any more
    s.one.write_conf(text.replace("metrics = yes", ""))
    assert s.one.ctl("reload", "-f", s.one.conf_path).returncode == 0
    assert b"vncbridge_sessions" not in wsclient.get(other, "/metrics").body


# --- with Prometheus itself


def run(*argv, **how):
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=seconds(60), check=False, **how
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_prometheus
def test_promtool_finds_nothing_wrong_with_the_page(scraped, testcard):
    s = scraped()
    with s.one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        said = run("promtool", "check", "metrics", input=s.page())
    assert said.strip() == ""  # it says there what it would rather have


@needs_prometheus
def test_promtool_finds_the_alerts_right():
    run("promtool", "check", "rules", ALERTS)
    run("promtool", "test", "rules", ALERTS_TEST)


def queries_of_dashboard():
    with open(DASHBOARD, encoding="utf-8") as f:
        dashboard = json.load(f)
    found = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", [])]
    assert len(found) > 20
    ids = [p["id"] for p in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    return found


def names_in(text):
    return {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for name in re.findall(r"vncbridge_[a-z_]+", text)
    }


def test_alerts_and_dashboard_know_no_metric_that_is_not_there(scraped):
    page = scraped().page()
    known = set(re.findall(r"^# TYPE (\w+) ", page, re.M))
    with open(ALERTS, encoding="utf-8") as f:
        rules = re.sub(r"#.*", "", f.read())
    for expr in [*queries_of_dashboard(), *re.findall(r"expr: (.*)", rules)]:
        assert names_in(expr) <= known, expr


class Prometheus(Program):
    """A Prometheus of the test's own, which scrapes twice in a second."""

    def __init__(self, directory, target):
        self.port = free_port()
        place = os.path.join(directory, "prometheus")
        os.mkdir(place)
        conf = os.path.join(place, "prometheus.yml")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(
                "global: { scrape_interval: 500ms, evaluation_interval: 1s }\n"
                f"rule_files: [ {os.path.abspath(ALERTS)} ]\n"
                "scrape_configs:\n"
                "- job_name: vncbridge\n"
                f"  static_configs: [ {{ targets: [ '%s:%d' ] }} ]\n" % target
            )
        super().__init__(
            [
                shutil.which("prometheus"),
                f"--config.file={conf}",
                f"--storage.tsdb.path={place}/data",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            os.path.join(place, "prometheus.log"),
            capture="stderr",
            cwd=place,
        )

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=seconds(10)) as answer:
            said = json.load(answer)
        assert said["status"] == "success"
        return said["data"]

    def value(self, expr):
        try:
            found = self.ask("/api/v1/query", query=expr)["result"]
        except OSError:
            return None
        return float(found[0]["value"][1]) if found else None


@needs_prometheus
def test_prometheus_reads_what_happens(directory, scraped, testcard):
    s = scraped()
    prometheus = Prometheus(directory, s.address)
    try:
        until(lambda: prometheus.value("up") == 1, 30, "the first scrape")
        with s.one.connect(testcard("echo").target) as client:
            rfb.raw_greet(client)
            until(
                lambda: prometheus.value("sum(vncbridge_sessions)") == 1,
                30,
                "a session in Prometheus",
            )
        until(
            lambda: prometheus.value("sum(vncbridge_sessions)") == 0, 30, "its end"
        )
        assert prometheus.value("sum(vncbridge_sessions_opened_total)") == 1
        for expr in queries_of_dashboard():
            for name, value in (
                ("$job", "vncbridge"),
                ("$instance", ".*"),
                ("$__rate_interval", "1m"),
            ):
                expr = expr.replace(name, value)
            prometheus.ask("/api/v1/query", query=expr)
        scraped_as = prometheus.ask("/api/v1/targets")["activeTargets"][0]
        assert scraped_as["health"] == "up" and scraped_as["lastError"] == ""
        assert not prometheus.ask("/api/v1/alerts")["alerts"]
    finally:
        prometheus.stop()
