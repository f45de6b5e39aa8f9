"""`python -m counterfoil` is the command line, also where no script was installed."""

import signal
import sys


def main() -> None:
    """Entry point of the console script. Ctrl+C ends it without a traceback, also while its modules are loaded."""
    usual = signal.getsignal(signal.SIGINT)
    # Not where whoever started it wants it left alone. Nothing is under way yet that would have to be ended well.
    if usual is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from counterfoil.cli import main as command_line

    signal.signal(signal.SIGINT, usual)
    try:
        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
