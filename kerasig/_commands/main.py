"""The way from a command line to a command, and from an error to one line."""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from kerasig._commands.registry import COMMANDS

# Of a command: nothing was wrong, something was found, it could not be carried out, it was stopped.
FINE, FOUND, FAILED, STOPPED = 0, 1, 2, 130

_ABOUT = """Commands for logs of kerasig.IGCallback and for networks.

commands:
"""
_EXAMPLE = "python -m kerasig COMMAND --help tells what a command takes, with examples."


def main(arguments: Sequence[str]) -> int:
    """Runs a command; its exit status.

    Args:
        arguments: as they were typed, the command first.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        _write(_help())
        return FINE
    if arguments[0] == "--version":
        from kerasig._version import __version__

        _write(f"kerasig {__version__}")
        return FINE
    name = arguments[0]
    if name not in COMMANDS:
        return _refuse("kerasig", f"there is no command {name!r}; there are {', '.join(COMMANDS)}")
    prog = f"python -m kerasig {name}"
    try:
        command = importlib.import_module(f"kerasig._commands.{name}")
        return int(command.run(_read(command, prog, arguments[1:])))
    except _Usage as usage:
        return _refuse(prog, str(usage))
    except KeyError as error:
        return _refuse(prog, str(error.args[0]) if error.args else "KeyError")
    except (OSError, ValueError, TypeError, ImportError) as error:
        return _refuse(prog, str(error) or type(error).__name__)
    except KeyboardInterrupt:
        return STOPPED
    except SystemExit as ended:  # After --help.
        return int(ended.code or 0)


def as_typed(sentence: str, typed: Mapping[str, str]) -> str:
    """An error of a function with the argument called as it is on a command line.

    Args:
        sentence: that begins with the argument's name.
        typed: from an argument of the function to what it is typed as.
    """
    name = sentence.partition(" ")[0]
    return re.sub(rf"^{name}\b|\b{name}(?==)", typed[name], sentence) if name in typed else sentence


class _Usage(Exception):
    """A command line that a command does not take."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Tells what is wrong, without the usage, which --help has."""
        raise _Usage(f"{message}; see --help")


def _read(command: Any, prog: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog=prog,
        description=command.DESCRIPTION,
        epilog=command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser.parse_args(list(arguments))


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {about}" for name, about in COMMANDS.items())
    return f"usage: python -m kerasig COMMAND ...\n\n{_ABOUT}{lines}\n\n{_EXAMPLE}"


def _write(text: str) -> None:
    print(text, flush=True)


def _refuse(prog: str, sentence: str) -> int:
    """Tells in one line why a command was not carried out."""
    print(f"{prog}: {' '.join(sentence.split())}", file=sys.stderr, flush=True)
    return FAILED
