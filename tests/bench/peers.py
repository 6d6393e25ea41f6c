# SPDX-License-Identifier: ISC
"""The programs that are compared, each started with its own defaults in
front of one target."""

import ctypes
import http.client
import os
import pwd
import signal
import socket
import subprocess
import time

PREFIX = os.environ.get("VB_PREFIX", "")
START_SEC_MAX = 10
STOP_SEC_MAX = 10
SESSIONS_MAX = 9500
PR_SET_PDEATHSIG = 1
NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"

VNCBRIDGED_CONF = """\
listen "127.0.0.1:{port}" {{ {tls} }}
workers = {workers}
{user}
allow = {{ "127.0.0.1:{target}" }}
max-connections = {sessions_max}
pid-file = "{folder}/vncbridged.pid"
control-socket = "{folder}/vncbridged.sock"
"""

HAPROXY_CONF = """\
global
    nbthread {workers}
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend in
    bind 127.0.0.1:{port} {tls}
    default_backend out
backend out
    server target 127.0.0.1:{target}
"""

LIGHTTPD_CONF = """\
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{folder}/lighttpd.log"
server.max-fds = 20000
server.max-connections = {sessions_max}
server.modules = ( "mod_wstunnel" )
wstunnel.server = ( "/" => ( ( "host" => "127.0.0.1", "port" => {target} ) ) )
wstunnel.frame-type = "binary"
"""

NGINX_CONF = """\
load_module {module};
daemon off;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 19990; }}
stream {{
    server {{
        listen 127.0.0.1:{port} {tls};
        proxy_pass 127.0.0.1:{target};
    }}
}}
"""


def find_program(*names):
    """The first that exists: commands of root are not in everybody's PATH."""
    for name in names:
        for folder in [*os.environ.get("PATH", "").split(":"), "/usr/sbin"]:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                return path
    return None


def pinned(cores):
    """For preexec_fn: these cores only, and no life without the parent."""

    def prepare():
        os.sched_setaffinity(0, cores)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return prepare


def make_certificate(folder):
    """A PEM file with a certificate and its key, P-256, of this moment."""
    key, certificate = os.path.join(folder, "key"), os.path.join(folder, "both.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=bench"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    with open(certificate, "a", encoding="ascii") as file:
        with open(key, encoding="ascii") as source:
            file.write(source.read())
    os.chmod(certificate, 0o600)
    return certificate


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Peer:
    """Knows how to start; start() and stop() are for everybody."""

    name = ""
    title = ""
    path = None  # of the upgrade request; None: plain TCP
    conf = None
    tls = None  # what {tls} stands for with a certificate; None: has no TLS
    sessions_max = SESSIONS_MAX
    with_logins = None  # the kind that is the same, for people who log in
    with_boards = None  # the same, while people look at boards
    cookie = None  # what a session shows then

    def __init__(self, folder, cores, workers, target_port, certificate=None):
        self.folder = folder
        self.cores = cores
        self.workers = workers
        self.target_port = target_port
        self.certificate = certificate  # a PEM file with its key, or None
        self.port = free_port()
        self.process = None

    @classmethod
    def is_here(cls):
        raise NotImplementedError

    def command(self, conf_path):
        raise NotImplementedError

    @classmethod
    def has_tls(cls):
        return cls.tls is not None

    def tls_text(self):
        if self.certificate is None:
            return ""
        return self.tls.format(certificate=self.certificate)

    def fields(self):
        return {
            "tls": self.tls_text(),
            "port": self.port,
            "target": self.target_port,
            "folder": self.folder,
            "sessions_max": SESSIONS_MAX + 100,
            "module": NGINX_STREAM,
            "workers": self.workers,
        }

    def start(self):
        conf_path = os.path.join(self.folder, f"{self.name}.conf")
        if self.conf is not None:
            with open(conf_path, "w", encoding="ascii") as file:
                file.write(self.conf.format(**self.fields()))
        with open(os.path.join(self.folder, f"{self.name}.out"), "wb") as out:
            self.process = subprocess.Popen(
                self.command(conf_path),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=pinned(self.cores),
            )
        self._wait_for_port()

    def _wait_for_port(self):
        deadline = time.monotonic() + START_SEC_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen: {self.last_words()}")

    def last_words(self):
        path = os.path.join(self.folder, f"{self.name}.out")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()[-500:].strip()

    @property
    def pid(self):
        return self.process.pid

    def figures(self):
        """What it has to tell besides."""
        return {}

    def stop(self):
        if self.process is None:
            return
        # a second SIGTERM ends what drains; SIGKILL what does not listen
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(
                        1 if number == signal.SIGTERM else STOP_SEC_MAX
                    )
                except subprocess.TimeoutExpired:
                    continue


class Direct(Peer):
    """No peer at all: what load, target and kernel can do together."""

    name, title = "direct", "direct connection"

    @classmethod
    def is_here(cls):
        return True

    def start(self):
        self.port = self.target_port

    @property
    def pid(self):
        return None


class Vncbridged(Peer):
    name, title, conf = "vncbridged", "vncbridged", VNCBRIDGED_CONF
    tls = 'certificate = {{ "{certificate}" }} key = {{ "{certificate}" }}'
    program = os.path.join(PREFIX, "sbin/vncbridged") if PREFIX else "vncbridged"

    @classmethod
    def is_here(cls):
        return find_program(cls.program) is not None

    @property
    def path(self):
        return f"/proxy?target=127.0.0.1:{self.target_port}"

    def fields(self):
        user = ""
        if os.geteuid() == 0:
            user = 'user = "nobody"'
            # the control socket is made after the privileges are gone
            os.chown(self.folder, pwd.getpwnam("nobody").pw_uid, -1)
        return {**super().fields(), "user": user}

    def command(self, conf_path):
        return [find_program(self.program), "-d", "-f", conf_path]


class VncbridgedWithLogins(Vncbridged):
    """Somebody logs in when it has started, and their cookie is shown."""

    conf = VNCBRIDGED_CONF + 'auth "password" {{ file = "{folder}/users" }}\n'
    secret = "secret"

    def start(self):
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],
            input=self.secret, capture_output=True, check=True, text=True,
        ).stdout.strip()  # fmt: skip
        with open(os.path.join(self.folder, "users"), "w", encoding="ascii") as file:
            file.write(f"alice:{hashed}::\n")
        super().start()
        self.cookie = self.log_in()

    def log_in(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, START_SEC_MAX)
        connection.request(
            "POST", "/login", f"name=alice&password={self.secret}",
            {"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        answer = connection.getresponse()
        connection.close()
        if answer.status != 303:
            raise RuntimeError(f"{self.name}: the login was answered {answer.status}")
        return answer.getheader("Set-Cookie").partition(";")[0]


Vncbridged.with_logins = VncbridgedWithLogins


class VncbridgedWithBoards(Vncbridged):
    """Many targets, and many who look at them while they change."""

    conf = (
        VNCBRIDGED_CONF
        + 'target "probe" {{ address = "127.0.0.1:{probe}" }}\n{more}'
    )
    targets, boards = 10_000, 500
    probe_port = 0
    watchers = None

    def fields(self):
        more = "".join(
            f'target "vm{i:05}" {{ address = "192.0.2.{i % 250}:{1024 + i // 250}"'
            f' group = "rack {i // 64}" }}\n'
            for i in range(self.targets - 1)
        )
        return {**super().fields(), "probe": self.probe_port, "more": more}

    def start(self):
        self.probe_port = free_port()
        super().start()
        here = os.path.dirname(os.path.abspath(__file__))
        self.watchers = subprocess.Popen(
            ["/usr/bin/python3", "-B", os.path.join(here, "boards.py"),
             str(self.port), str(self.boards), str(self.probe_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=pinned(os.sched_getaffinity(0) - self.cores),
        )  # fmt: skip
        if self.watchers.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{self.name}: no boards: {self.last_words()}")

    def figures(self):
        self.watchers.stdin.close()
        return {"seen": float(self.watchers.stdout.readline())}

    def stop(self):
        if self.watchers is not None:
            self.watchers.kill()
            self.watchers.wait()
            self.watchers.stdout.close()
        super().stop()


Vncbridged.with_boards = VncbridgedWithBoards


class Haproxy(Peer):
    name, title, conf = "haproxy", "haproxy, TCP", HAPROXY_CONF
    tls = "ssl crt {certificate}"

    @classmethod
    def is_here(cls):
        return find_program("haproxy") is not None

    def command(self, conf_path):
        return [find_program("haproxy"), "-db", "-f", conf_path]


class Nginx(Peer):
    name, title, conf = "nginx", "nginx stream", NGINX_CONF
    # without the line, this version of nginx has no TLS 1.3
    tls = (
        "ssl; ssl_protocols TLSv1.2 TLSv1.3;"
        " ssl_certificate {certificate}; ssl_certificate_key {certificate}"
    )

    @classmethod
    def is_here(cls):
        return find_program("nginx") is not None and os.path.exists(NGINX_STREAM)

    def command(self, conf_path):
        return [find_program("nginx"), "-p", self.folder, "-c", conf_path]


class Lighttpd(Peer):
    name, title, conf = "lighttpd", "lighttpd wstunnel", LIGHTTPD_CONF
    path = "/"
    sessions_max = 8900  # it stops accepting at 90 % of its descriptors

    @classmethod
    def is_here(cls):
        return find_program("lighttpd") is not None

    def command(self, conf_path):
        return [find_program("lighttpd"), "-D", "-f", conf_path]


class Websockify(Peer):
    name, title = "websockify", "websockify"
    tls = "--ssl-only --cert={certificate}"
    path = "/websockify"
    sessions_max = 400  # a Python process each

    @classmethod
    def is_here(cls):
        return find_program("websockify") is not None

    def command(self, conf_path):
        return [
            find_program("websockify"),
            *self.tls_text().split(),
            f"127.0.0.1:{self.port}",
            f"127.0.0.1:{self.target_port}",
        ]


ALL = [Haproxy, Vncbridged, Nginx, Lighttpd, Websockify, Direct]
