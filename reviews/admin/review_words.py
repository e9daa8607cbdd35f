"""A review in words: what its fields are called, what stands in them, and what was changed after it was finished."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews.models import Criterion, Review
from reviews.reviewing import WORDS, score_of, value_of


def label_of_field(name: str, criteria: Iterable[Criterion]) -> str:
    """What a field of a review is called."""
    titles = {score_of(one.key): one.title_text for one in criteria}
    return titles.get(name) or {
        "advice": _("Advice"),
        "comments": _("Comments for colleagues"),
        "words_for_author": _("Words for the author"),
    }.get(name, name)


def in_words(review: Review, name: str, criteria: Iterable[Criterion]) -> tuple[str, str]:
    """What a field of a review is called, and what stands in it."""
    label = label_of_field(name, criteria)
    if name == "advice":
        return label, str(review.get_advice_display())
    value = value_of(review, name)
    return label, "" if value is None else str(value)


def changes_in(history: QuerySet, criteria: list[Criterion], *, most: int) -> list[dict[str, Any]]:
    """What was changed in finished reviews: when, by whom, which field, before and after; the newest first.

    ``history`` are records of one review or of several; the last so many of them are told. One statement.
    """
    newest = history.select_related("history_user").order_by("-history_date", "-history_id")[:most]
    by_review = sorted(newest, key=lambda record: (record.id, record.history_date, record.history_id))
    changes = [
        change
        for _review, versions in groupby(by_review, lambda record: record.id)
        for was, became in pairwise(versions)
        for change in _changes(was, became, criteria)
    ]
    return sorted(changes, key=lambda change: change["at"], reverse=True)


def _changes(was: Any, became: Any, criteria: list[Criterion]) -> Iterable[dict[str, Any]]:
    for name in (*(score_of(one.key) for one in criteria), *WORDS):
        if value_of(was, name) != value_of(became, name):
            label, before = in_words(was, name, criteria)
            yield {
                "at": became.history_date,
                "by": str(became.history_user or ""),
                "what": label,
                "before": before,
                "after": in_words(became, name, criteria)[1],
            }
