"""`python -m counterfoil` is the command line, also where no script was installed."""

from counterfoil.cli import main

main()
