"""Options, tiers and fixtures that several folders of tests share."""

import gc
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from replica_processes import Script, launched
from tensorboard_servers import TensorBoardServer

# How long an example takes says more of the machine than of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

TESTS = Path(__file__).parent
# Rooms whose tests train models, start processes or drive a browser.
SLOW_ROOMS = {"browser", "examples", "benchmarks"}
# Rooms whose tests share servers, logs and a browser: one worker has them all.
SHARING_ROOMS = {"browser", "plugin"}
# Fixtures that start processes.
PROCESSES = {"tensorboard_server", "start_script"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="leave out what takes long, starts a process or drives a browser"
    )
    parser.addoption("--screenshots", metavar="DIR", help="write screenshots of the tab's views to a folder")
    parser.addoption("--fuzz", type=int, metavar="N", help="give each fuzzer N tries, new ones each time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.quick:
        slow = [item for item in items if is_slow(item)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]
    # The browser first, which waits more than it works; then files with processes, and those that are slow: of several
    # that work at once, none is left with a long one.
    starts = {item.path for item in items if room_of(item) in SLOW_ROOMS or PROCESSES & set(item.fixturenames)}
    long = {item.path for item in items if is_slow(item)}
    items.sort(key=lambda item: (room_of(item) != "browser", item.path not in starts, item.path not in long))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, workers get files, and of what is shared by a room the whole room."""
    if config.option.dist != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Rooms(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = Path(nodeid.partition("::")[0])
            return path.parent.name if path.parent.name in SHARING_ROOMS else super()._split_scope(nodeid)

    return Rooms(config, log)


def room_of(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --quick, a room of which nothing runs is not even imported."""
    slow = collection_path.parent == TESTS and collection_path.name in SLOW_ROOMS
    return True if slow and config.option.quick else None


def pytest_collection_finish() -> None:
    # Half a million objects of TensorFlow and both Keras live to the end: no collection need look at them again, which
    # is a sixth of the time of a test that traces.
    gc.freeze()


def is_slow(item: pytest.Item) -> bool:
    return (
        room_of(item) in SLOW_ROOMS or bool(item.get_closest_marker("slow")) or bool(PROCESSES & set(item.fixturenames))
    )


@pytest.fixture(autouse=True, scope="module")
def seeded_module() -> None:
    """Weights that nobody seeds are the same in every run: what fails on some of them fails always, or never."""
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def seeded(seeded_module) -> None:
    """The same for each test, but for TensorFlow's caches.

    `tf.random.set_seed` empties them: every function that a module's tests share would be made ready anew by each.
    """
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - keras draws of it
    if context := sys.modules.get("tensorflow.python.eager.context"):
        context.context()._rng = random.Random(0)


@pytest.fixture(autouse=True, scope="session")
def no_process(request) -> Iterator[None]:
    """With --quick, a test that starts a process fails."""
    if not request.config.option.quick:
        yield
        return

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a test of the quick tier starts a process: mark it with pytest.mark.slow")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", refuse)
        if hasattr(os, "fork"):
            patch.setattr(os, "fork", refuse)
        yield


@pytest.fixture(scope="session")
def fuzzing(request) -> Callable[[int], settings]:
    """Hypothesis settings of a fuzzer: `fuzzing(40)` is 40 tries, the same in each run; with `--fuzz N`, N others.

    A test of its own applies them to a function inside: `@fuzzing(40) @given(...) def check(...): ...; check()`.
    """
    asked = request.config.getoption("--fuzz")

    def tries(usual: int) -> settings:
        return settings(
            max_examples=asked or usual,
            deadline=None,
            derandomize=asked is None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )

    return tries


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
