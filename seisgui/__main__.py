"""`python -m seisgui`."""

from seisgui.cli.main import main

main()
