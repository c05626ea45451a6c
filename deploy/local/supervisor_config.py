"""The configuration file of `supervisord`.

Every path in it is relative to the home, which is the supervisor's folder: a home called `mi carpeta; #2
100%` would otherwise need quoting in a syntax that has none. Arguments and environments are not in it at all: each
process is `child.py` with the number of its own private file.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.local.ports import LOOPBACK

SERVERS_PRIORITY = 10
SANDBOXES_PRIORITY = 20
SERVICES_PRIORITY = 30
# Above the 20 s a worker gives a running task, and the 25 s a web worker gives a request.
STOP_SECONDS = 45
_SOCKET_BACKLOG = 512

_SUPERVISORD = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
nodaemon=true
{user}logfile=log/supervisord.log
logfile_maxbytes=2MB
logfile_backups=2
loglevel=info
pidfile=run/supervisord.pid
childlogdir=log
minfds=1024
strip_ansi=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# stopasgroup stays off: gunicorn, Celery and PostgreSQL end their own children in order, and a signal to all
# at once would cut a running task (Celery) or a checkpoint (PostgreSQL) short. killasgroup is for the rest.
_PROGRAM = """
[{section}:{group}]
command=run/python -I -S run/child.py run/processes/{group}-%(process_num)d.json
process_name={group}-%(process_num)d
numprocs={count}
numprocs_start=1
autostart=false
autorestart=true
startsecs=1
startretries=100000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=log/{group}-%(process_num)d.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
priority={priority}
"""


@dataclass(frozen=True)
class Program:
    """One group of equal processes, as `supervisord` sees it; `port` is opened by the supervisor."""

    group: str
    count: int
    priority: int
    stop_signal: signal.Signals = signal.SIGTERM
    port: int | None = None


def render(programs: Iterable[Program], *, socket: str, user: str | None) -> str:
    """The whole file. `user` is given when we are root: the supervisor stays what it is, and knows it."""
    return _SUPERVISORD.format(socket=socket, user=f"user={user}\n" if user else "") + "".join(
        _render_program(program) for program in programs
    )


def _render_program(program: Program) -> str:
    text = _PROGRAM.format(
        section="fcgi-program" if program.port else "program",
        group=program.group,
        count=program.count,
        stop_signal=program.stop_signal.name.removeprefix("SIG"),
        stop_seconds=STOP_SECONDS,
        priority=program.priority,
    )
    if program.port:
        text += f"socket=tcp://{LOOPBACK}:{program.port}\nsocket_backlog={_SOCKET_BACKLOG}\n"
    return text
