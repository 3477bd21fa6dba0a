"""`python -m huying` is the `huying` command."""

from huying.config.cli import main

main()
