"""The bad network of the fault plan does what its names say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support.eventually import eventually
from tests.support.tcp_proxy import TcpProxy

SILENCE_SECONDS = 0.2


@pytest.fixture(name="proxy")
def _proxy() -> Iterator[TcpProxy]:
    """A proxy to a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = listener.accept()
                ends.append(link)
                threading.Thread(target=echo, args=(link,), daemon=True).start()

    def echo(link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            while data := link.recv(1000):
                link.sendall(data)

    accepting = threading.Thread(target=serve)
    accepting.start()
    proxy = TcpProxy("127.0.0.1", listener.getsockname()[1])
    yield proxy
    proxy.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    accepting.join()
    for end in ends:
        end.close()


@contextlib.contextmanager
def link_to(proxy: TcpProxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as link:
        yield link


def is_silent(link: socket.socket) -> bool:
    link.settimeout(SILENCE_SECONDS)
    try:
        return not link.recv(1000) and False
    except TimeoutError:
        return True
    finally:
        link.settimeout(5)


def ask(link: socket.socket, text: bytes) -> bytes:
    link.sendall(text)
    return link.recv(1000)


def test_good_weather_forwards_both_ways(proxy: TcpProxy) -> None:
    with link_to(proxy) as link:
        assert ask(link, b"hola") == b"hola"


def test_what_falls_into_a_hole_arrives_when_it_closes(proxy: TcpProxy) -> None:
    with link_to(proxy) as link:
        assert ask(link, b"before") == b"before"
        with proxy.weather("hole"):
            link.sendall(b"during")
            assert is_silent(link)
        assert link.recv(1000) == b"during"


def test_one_way_weather_holds_the_answers(proxy: TcpProxy) -> None:
    with link_to(proxy) as link, proxy.weather("one_way"):
        link.sendall(b"question")
        assert is_silent(link)
        proxy.set_mode("pass")
        assert link.recv(1000) == b"question"


def test_a_zombie_stays_silent_while_new_connections_work(proxy: TcpProxy) -> None:
    with link_to(proxy) as old:
        assert ask(old, b"1") == b"1"
        with proxy.weather("zombie"):
            old.sendall(b"2")
            assert is_silent(old)
            with link_to(proxy) as new:
                assert ask(new, b"3") == b"3"
        assert is_silent(old)


@pytest.mark.parametrize("mode", ["reset", "down"])
def test_broken_connections_are_noticed_at_once_and_new_ones_too(proxy: TcpProxy, mode) -> None:
    with link_to(proxy) as link:
        assert ask(link, b"1") == b"1"
        with proxy.weather(mode):
            assert ended(link)
            assert is_refused(proxy)
        with link_to(proxy) as later:
            assert ask(later, b"2") == b"2"


def is_refused(proxy: TcpProxy) -> bool:
    """A reset may come while the connection is being made, or just after."""
    try:
        with link_to(proxy) as link:
            return ended(link)
    except ConnectionResetError:
        return True


def ended(link: socket.socket) -> bool:
    try:
        return link.recv(1000) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("moment", ["after", "before"])
def test_the_marked_transaction_loses_its_connection_at_its_commit(proxy: TcpProxy, moment) -> None:
    proxy.cut_commit_of(b"mark", moment)
    with link_to(proxy) as other, link_to(proxy) as link:
        assert ask(other, b"COMMIT") == b"COMMIT"
        assert ask(link, b"INSERT mark") == b"INSERT mark"
        link.sendall(b"COMMIT")
        assert ended(link)
        eventually(lambda: proxy.cuts == 1)
        assert ask(other, b"still here") == b"still here"
    with link_to(proxy) as link:
        assert ask(link, b"INSERT mark") == b"INSERT mark"
        assert ask(link, b"COMMIT") == b"COMMIT"
