"""`python -m publisher.cli`."""

from publisher.cli.main import main

main()
