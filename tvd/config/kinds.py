"""Kinds of values that several tables have in common; see :mod:`tvd.config.model` for what their ``Meta`` says."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

Line = Annotated[
    str,
    Meta(pattern=r"^\S([^\x00-\x1f\x7f]*\S)?\Z", max_length=100, description="one line of text, 1 to 100 characters"),
]
Duration = Annotated[
    float,
    Meta(
        ge=0,
        le=14 * 86400,
        extra={"unit": "duration"},
        description='a duration up to 14 days such as "12h", "90m" or seconds',
    ),
]
Folder = Annotated[Path, Meta(description="a path: text that is not empty")]
Text = Annotated[str, Meta(pattern=r"^[^\x00]*\Z", description="text")]
Order = Literal["shuffle", "sequential", "random", "series"]
