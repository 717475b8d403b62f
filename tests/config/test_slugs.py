"""Slugs made from the names of channels."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.config.channels import OVERLAY
from tvd.config.fields import Reader
from tvd.config.model import Slug
from tvd.config.slugs import slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Late Night", "late-night"),
        ("  Kid's TV!  ", "kids-tv"),
        ("Été à Paris", "ete-a-paris"),
        ("Straße & Ærø", "strasse-and-aero"),
        ("Łódź 2", "lodz-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本語", "channel-7"),
        ("東京 24", "24"),
        ("--", "channel-7"),
        ("ﬁlms ①", "films-1"),
    ],
)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert slug_of(name, 7) == slug


@given(st.text(), st.integers(1, 9999))
def test_every_name_gives_a_slug_that_may_be_written(name: str, number: int) -> None:
    slug = slug_of(name, number)
    reader = Reader(base=Path())
    assert reader.value(Slug, slug, "", "") == slug
    assert "/" not in slug
    assert slug != OVERLAY
