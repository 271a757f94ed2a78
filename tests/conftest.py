"""What several folders of tests share."""

from collections.abc import Callable, Iterator

import pytest
from replica_processes import Script, launched
from tensorboard_servers import TensorBoardServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="DIR", help="write screenshots of the tab's views to a folder")


@pytest.fixture(scope="session")
def tensorboard_server() -> Iterator[Callable[..., TensorBoardServer]]:
    """Starts real TensorBoard servers: `tensorboard_server(logdir, load_fast=True, path_prefix="")`, each kept."""
    servers: dict[tuple[object, ...], TensorBoardServer] = {}

    def start(logdir, **options) -> TensorBoardServer:
        key = (str(logdir), *sorted(options.items()))
        if key not in servers:
            servers[key] = TensorBoardServer(logdir, **options)
        return servers[key]

    yield start
    for server in servers.values():
        server.ask_to_stop()
    for server in servers.values():
        server.stop()


@pytest.fixture(scope="module")
def start_script(tmp_path_factory) -> Iterator[Callable[..., Script]]:
    """Starts a script of the folder `distribute` in a process of its own: `start_script(name, *arguments)`."""
    with launched(tmp_path_factory.mktemp("processes")) as start:
        yield start
