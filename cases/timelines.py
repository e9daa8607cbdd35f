"""The way of a case, as rooms above this one tell it (named in ``CASE_TIMELINES``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from cases.models import Case


def timelines_of(cases: Iterable[Case], *, at: datetime) -> dict[int, dict[str, Any]]:
    """By the key of the case: ``{"title", "steps"}``, for those that were handed in and that somebody tells about.

    A step says ``state`` («done», «now», «turn», «late», «next»), ``what``, ``when``, ``words`` (lines) and ``link``
    (address and words, or None). A room named later goes on where an earlier one ends: what that one said would come
    next is told by whoever does it. Asks nothing where no case was handed in.
    """
    keys = [case.pk for case in cases if case.was_handed_in]
    found: dict[int, dict[str, Any]] = {}
    for room in settings.CASE_TIMELINES if keys else ():
        for case, told in import_string(room)(keys, at=at).items():
            before = [step for step in found.get(case, {"steps": []})["steps"] if step.state != "next"]
            found[case] = {**told, "steps": [*before, *told["steps"]]}
    return found
