"""The `ventanilla` command.

Each command is a module, imported only when it is asked for: `ventanilla classify` must not wait for the libraries
of `ventanilla up`. To add one, write the module and add its line here.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

# command -> module:attribute holding a click command (or group)
COMMANDS: Mapping[str, str] = {
    "up": "deploy.local.commands.up:up",
    "status": "deploy.local.commands.status:status",
    "reset": "deploy.local.commands.reset:reset",
    "demo": "deploy.local.commands.demo:demo",
    "trace": "deploy.local.commands.trace:trace",
    "messages": "deploy.local.commands.messages:messages",
    "outbox": "deploy.local.commands.outbox:outbox",
    "dead-letters": "deploy.local.commands.dead_letters:dead_letters",
    "audit": "deploy.local.commands.audit:audit",
    "drill": "deploy.local.commands.drill:drill",
    "classify": "services.routing.entrypoints.commands.classifier:classify",
    "evaluate": "services.routing.entrypoints.commands.classifier:evaluate",
    "train": "deploy.local.commands.train:train",
    "model": "deploy.local.commands.model:model",
    "sla": "deploy.local.commands.sla:sla",
    "bench": "bench.command:bench",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None for a name that is not in the table."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Ventanilla: la mesa de consultas de las municipalidades / the consultation desk of the municipalities."""


if __name__ == "__main__":
    main()
