"""The command line: ``python -m tvd [COMMAND] [--config FILE]``.

``main`` reads the arguments, runs one command and turns what it raises into an exit code and one friendly line;
``command`` says what a command is. Every command is a module of its own with ``arguments(parser)`` and an
``async main`` that returns the exit code. Results go to stdout, everything else to stderr.
"""
