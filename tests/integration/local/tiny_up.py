"""`ventanilla up` with small programs instead of the product: HOME and seven ports as arguments."""

import sys
from pathlib import Path

from deploy.local.commands.up import run_in_foreground
from deploy.local.configuration import Configuration, Ports
from deploy.local.console import ConsoleReporter, errors_explained
from deploy.local.system import LocalSystem
from tests.integration.local.conftest import small_plan

if __name__ == "__main__":
    home, *ports = sys.argv[1:]
    reporter = ConsoleReporter()
    configuration = Configuration(home=Path(home), ports=Ports(*map(int, ports)))
    with errors_explained():
        run_in_foreground(LocalSystem(configuration, plan=small_plan(), reporter=reporter), reporter)
