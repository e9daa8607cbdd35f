"""Facts beside the step of a case in review that somebody at the desk should not miss."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from reviews.models import Answer, Dossier


def marks_of(dossier: Dossier, at: datetime, *, sees_scores: bool) -> list[str]:
    """The marks in words. That scores lie apart is told only to those who may see scores."""
    marks = []
    if dossier.came_back_at:
        marks.append(_("came back"))
    if dossier.asked_at:
        marks.append(_("author asked"))
    if dossier.step == Dossier.Step.TO_ASSIGN and dossier.readers:
        marks.append(_("reviewer missing"))
    if dossier.due_at and dossier.due_at < at:
        marks.append(_("overdue"))
    if dossier.discuss and sees_scores:
        marks.append(_("to discuss"))
    if dossier.verdict == Answer.UNCLEAR:
        marks.append(_("screening unclear"))
    if dossier.verdict == Answer.NO:
        marks.append(_("fails a test"))
    if not dossier.eligible:
        marks.append(_("not eligible as computed"))
    if dossier.likely_duplicate:
        marks.append(_("likely duplicate"))
    return marks
