"""`python -m kerasig`: the commands of `kerasig._commands`."""

import sys

from kerasig._commands.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
