"""The `corale` command: a client of the public API like any other. Imports no service."""
