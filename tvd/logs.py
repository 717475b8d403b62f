"""Structured logging: structlog to stderr, coloured lines on a terminal, JSON lines otherwise."""

import logging
import sys
from typing import Literal, TextIO, cast

import structlog


class _Stderr:
    """Whatever ``sys.stderr`` is when a line is written: progress bars put themselves in between."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


# Without local variables: they are long, and may hold what belongs in no log.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def setup(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Configure logging for this process; everything goes to stderr, results of commands own stdout."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=not console),
        structlog.processors.StackInfoRenderer(),
    ]
    if console:
        render: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer(pad_event_to=24)]
    else:
        render = [_TRACEBACKS, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries (aiohttp, asyncio) speak through logging; give their lines the same shape.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module or thing; bind ``channel``, ``asset`` … to it as they become known."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return logger
