"""Structured logging: structlog to stderr, coloured lines on a terminal, JSON lines otherwise."""

import logging
import sys
from typing import Literal, TextIO, cast

import structlog

from tvd.logbook import LOGBOOK


class _Stderr:
    """Whatever ``sys.stderr`` is when a line is written: progress bars put themselves in between."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Threshold:
    """Drops what is less severe than the level; loggers keep what they were made with, so the level is looked up."""

    number: int = logging.INFO

    def __call__(
        self, _logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        if logging.getLevelNamesMapping().get(method.upper(), logging.CRITICAL) < self.number:
            raise structlog.DropEvent
        return event


_THRESHOLD = _Threshold()

# Without local variables: they are long, and may hold what belongs in no log.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def setup(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Configure logging for this process; everything goes to stderr, results of commands own stdout."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    set_level(level)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=not console),
        structlog.processors.StackInfoRenderer(),
        LOGBOOK.note,
    ]
    if console:
        render: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer(pad_event_to=24)]
    else:
        render = [_TRACEBACKS, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[_THRESHOLD, *shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries (aiohttp, asyncio) speak through logging; give their lines the same shape.
    handler = logging.StreamHandler(cast("TextIO", _Stderr()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(_THRESHOLD.number, logging.WARNING), force=True)


def set_level(level: str) -> None:
    """Log what is at least as severe as ``level`` from now on, by every logger there is already too."""
    _THRESHOLD.number = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(max(_THRESHOLD.number, logging.WARNING))


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module or thing; bind ``channel``, ``asset`` … to it as they become known."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return logger
