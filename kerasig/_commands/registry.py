"""The commands by name, and the line that `python -m kerasig --help` has for each.

Command `name` is the module `kerasig._commands.<name>`, which is imported when it is called and not before. It has

    DESCRIPTION = "..."              what it does, the first paragraph of its own --help
    EXAMPLES = "..."                 lines that can be typed, the last paragraph
    def add_arguments(parser): ...   with argparse
    def run(options) -> int: ...     its exit status

What it raises as ValueError, OSError, KeyError, TypeError or ImportError is told in one line, with exit status 2.
"""

COMMANDS = {
    "explain": "explain every row of a folder or file with a saved model",
    "check": "fail where a log tells of an alarm, a suspect, or a number beyond a bound: a gate for CI",
    "report": "write a log as one HTML file to send",
}
