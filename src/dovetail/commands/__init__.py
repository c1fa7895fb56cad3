"""Commands that have more to say than cli.py has room for."""
