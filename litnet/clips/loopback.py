"""What servers on this machine have in common: whom they answer, and what they say of it."""

from __future__ import annotations

import hmac
import socket
from typing import Any

import tornado.httpserver
import tornado.httputil
import tornado.iostream
import tornado.web

from network.errors import InputError

HERE = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost")  # other names for this address are somebody else's pages
MOST_CONNECTIONS = 200
KINDS = {"page.css": "text/css", "page.js": "text/javascript"}


class Handler(tornado.web.RequestHandler):
    """Answers this machine only, and says with every answer what may be made of it."""

    policy = "default-src 'none'; base-uri 'none'; form-action 'none'"

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", self.policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.clear_header("Server")

    def prepare(self) -> None:
        """A page elsewhere may point its own name here: only this machine's names are answered.

        Exactly one name has to be given, which HTTP/1.0 would leave out.
        """
        given = self.request.headers.get_list("Host")
        if len(given) != 1 or self.request.host_name not in HOSTS:
            raise tornado.web.HTTPError(403)

    def write_error(self, status_code: int, **settings: Any) -> None:
        """In plain words; what was asked for is not repeated."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")

    def log_exception(self, *trouble: Any) -> None:
        """What somebody asks for wrongly is no event in the terminal."""
        # Nor is a file that was built anew while it was sent: its page loads again.
        if not isinstance(trouble[1], tornado.web.HTTPError | tornado.httputil.HTTPOutputError):
            super().log_exception(*trouble)


class TokenHandler(Handler):
    """Answers only who knows the token, the first part of each path, and no page from elsewhere."""

    def initialize(self, token: str, policy: str) -> None:
        self.token, self.policy = token, policy
        self.set_header("Content-Security-Policy", policy)

    def prepare(self) -> None:
        """Refuse everybody else."""
        super().prepare()
        token = str(self.path_args[0]) if self.path_args else ""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise tornado.web.HTTPError(404)
        if self.request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            raise tornado.web.HTTPError(403)
        origin = self.request.headers.get("Origin")
        if origin not in (None, f"http://{self.request.host}"):
            raise tornado.web.HTTPError(403)
        self.set_header("Cache-Control", "no-store")


class NotThere(Handler):
    """What is no path at all."""

    def prepare(self) -> None:
        super().prepare()
        raise tornado.web.HTTPError(404)


class _Http(tornado.httpserver.HTTPServer):
    """Holds so many connections at a time and no more; a reader has a dozen."""

    def handle_stream(self, stream: tornado.iostream.IOStream, address: Any) -> None:
        if len(self._connections) < MOST_CONNECTIONS:
            super().handle_stream(stream, address)
        else:
            stream.close()


def listen(application: tornado.web.Application, port: int) -> tuple[_Http, int]:
    """A server that listens on loopback, and its port; 0 stands for any free one.

    Raises InputError if something else listens there.
    """
    server = _Http(
        application,
        max_header_size=2**14,
        max_body_size=2**14,
        idle_connection_timeout=60,
        body_timeout=10,
    )
    try:
        listening = socket.create_server((HERE, port))
    except OSError as error:
        raise InputError(
            f"port {port}: something listens there already ({error.strerror}); "
            "choose another one with --port."
        ) from error
    listening.setblocking(False)
    server.add_socket(listening)
    return server, listening.getsockname()[1]
