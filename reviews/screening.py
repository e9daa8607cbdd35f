"""Screening: what the computer can tell by itself, and the four tests that people answer.

A screening is one row that is written over; simple-history keeps what it said before, by whom and when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import answers
from cases.models import Submission
from cases.questions import FEWEST_JURISDICTIONS, QUESTIONS
from people import events
from people.models import User
from reviews.conflicts import has_declared
from reviews.models import Answer, Conflict, Dossier, Screening
from reviews.settling import settle

#: An answer with fewer letters, without its web addresses, says next to nothing: «n/a», «see our website».
FEWEST_LETTERS = 15
#: So long a case that somebody has opened to screen is given to nobody else.
HELD_FOR = timedelta(minutes=20)


class CannotBeScreened(Exception):
    """Its one argument says why, in words for the person who pressed."""


class SavedMeanwhile(Exception):
    """Somebody else saved the screening while it was being written; ``theirs`` is what stands now."""

    def __init__(self, theirs: Screening):
        self.theirs = theirs
        super().__init__()


class CameBackMeanwhile(Exception):
    """The case was handed in again while its screening was being written."""


# -- What can be computed ------------------------------------------------------------------------------------------


def checks_of(submission: Submission) -> dict[str, Any]:
    """What the computer finds in a submission, without names of people: stored with the dossier.

    ``jurisdictions``: how many different ones; ``sponsor``: «employee», «named» or «missing»; ``gaps``: fields that
    the form of today would still ask to mend; ``thin``: required texts that say next to nothing.
    """
    said = submission.answers
    return {
        "jurisdictions": answers.different(answers.rows_of(said)),
        "sponsor": _sponsor(said),
        "gaps": [gap.field for gap in answers.gaps(said, at=submission.arrived_at)],
        "thin": [
            key
            for key, question in QUESTIONS.items()
            if question.is_long and question.required and is_thin(said.get(key) or "")
        ],
    }


def _sponsor(said: dict) -> str:
    if said.get("public_employee") == "yes":
        return "employee"
    return "missing" if answers.is_empty(said.get("sponsor_name")) else "named"


def is_thin(text: str) -> bool:
    """Whether hardly anything stands in a text besides web addresses; expected results are results."""
    letters = 0
    for word in text.split():
        if not word.lower().startswith(("http://", "https://", "www.")):
            # A sign of Chinese or Japanese says as much as two letters.
            letters += sum(1 + (sign > "\u2e80") for sign in word if sign.isalnum())
        if letters >= FEWEST_LETTERS:
            return False
    return len(text.strip()) > 0


def all_hold(checks: dict[str, Any]) -> bool:
    return all(check.holds for check in in_words(checks))


@dataclass(frozen=True)
class Check:
    """One thing that was computed, in words."""

    key: str
    title: str
    holds: bool
    words: str


def in_words(checks: dict[str, Any]) -> list[Check]:
    """The computed checks as people read them; empty for a dossier that was never checked."""
    if not checks:
        return []
    count, sponsor = checks["jurisdictions"], checks["sponsor"]
    filled = not checks["gaps"] and not checks["thin"]
    return [
        Check(
            "jurisdictions",
            _("Two different jurisdictions"),
            count >= FEWEST_JURISDICTIONS,
            _("%(n)s different ones are named") % {"n": count},
        ),
        Check("sponsor", _("Public sponsor named"), sponsor != "missing", str(_SPONSOR[sponsor])),
        Check(
            "filled",
            _("Every required section filled"),
            filled,
            _("Nothing is missing; expected results count as results")
            if filled
            else ". ".join(_unfilled(checks)),
        ),
    ]


def _unfilled(checks: dict[str, Any]) -> Iterator[str]:
    if checks["gaps"]:
        yield _("Not filled as the form asks: %(names)s") % {"names": _names(checks["gaps"])}
    if checks["thin"]:
        yield _("Hardly anything stands in %(names)s") % {"names": _names(checks["thin"])}


def _names(fields: list[str]) -> str:
    return ", ".join(f"«{answers.name_of(field) or field}»" for field in fields)


_SPONSOR = {
    "employee": gettext_lazy("The author is a public employee"),
    "named": gettext_lazy("A public official is named"),
    "missing": gettext_lazy("Nobody is named: it may be reviewed, but not published"),
}


# -- The four tests ------------------------------------------------------------------------------------------------


@transaction.atomic
def screen(
    dossier: Dossier,
    said: dict[str, tuple[str, str]],
    *,
    version: int,
    submission: int,
    by: User,
    at: datetime,
) -> Screening:
    """Save the answers to the four tests: ``{test: (answer, note)}``, an answer "" being open yet.

    ``version`` is that of the screening on which these answers are based (0: none), ``submission`` the number of
    the submission that was read. Saving again what stands changes nothing. Raises SavedMeanwhile or
    CameBackMeanwhile when either has moved on, CannotBeScreened for a case that was withdrawn, or with which this
    person has declared a conflict of interest.
    """
    dossier = Dossier.objects.locked().select_related("round", "submission").get(pk=dossier.pk)
    before = Screening.objects.select_related("by").filter(dossier=dossier).first()
    if dossier.step == Dossier.Step.OUT:
        raise CannotBeScreened(_("This case was withdrawn, so there is nothing to screen."))
    if has_declared(by, dossier):
        raise CannotBeScreened(
            _("You have declared a conflict of interest, so somebody else screens this case.")
        )
    if dossier.submission.number != submission:
        raise CameBackMeanwhile
    row: Any = before or Screening(dossier=dossier)
    fields = {test: said[test][0] for test in Screening.TESTS}
    fields |= {f"{test}_note": said[test][1].strip() for test in Screening.TESTS}
    if (
        before
        and before.submission_id == dossier.submission_id
        and all(getattr(before, name) == value for name, value in fields.items())
    ):
        _let_go(dossier, by)
        return before
    if before and before.version != version:
        raise SavedMeanwhile(before)
    for name, value in fields.items():
        setattr(row, name, value)
    row.submission, row.version, row.by, row.at = dossier.submission, row.version + 1, by, at
    row._history_user, row._history_date = by, at  # what simple-history writes beside the values
    row._change_reason = _("version %(n)s of the case") % {"n": submission}
    row.save()
    _let_go(dossier, by)
    settle(dossier)
    events.record(
        "screened",
        about=("case", dossier.case_id),
        at=at,
        by=by,
        facts={"verdict": row.verdict, "version": submission},
    )
    return row


# -- Whose turn it is ----------------------------------------------------------------------------------------------


def hold_next(round_id: int, *, after: int = 0, by: User, at: datetime) -> int | None:
    """Take the next case to screen in hand, so that nobody else is given it for a while; its key, or None.

    Oldest first, from ``after`` on and then from the beginning. Several people who ask at once get different cases,
    and nobody one with which they have declared a conflict of interest.
    """
    waiting = Dossier.objects.at_step(Dossier.Step.TO_SCREEN).filter(round=round_id)
    waiting = waiting.not_held_by_others(by, at).exclude(pk=after)
    waiting = waiting.exclude(pk__in=Conflict.objects.filter(reviewer__user=by).values("dossier"))
    for part in (waiting.filter(pk__gt=after), waiting.filter(pk__lt=after)):
        for pk in list(part.order_by("pk").values_list("pk", flat=True)[:20]):
            if waiting.filter(pk=pk).update(held_by=by, held_until=at + HELD_FOR):
                return pk
    return None


def _let_go(dossier: Dossier, by: User) -> None:
    Dossier.objects.filter(pk=dossier.pk, held_by=by).update(held_by=None, held_until=None)


# -- In words ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Test:
    """One of the four tests: its question in plain words, and the answers of the case that bear on it."""

    key: str
    title: Any
    question: Any
    help: Any
    answers: tuple[str, ...]


TESTS = (
    Test(
        "public_sector",
        gettext_lazy("Public sector integral"),
        gettext_lazy("Did the public sector start it, lead it, or is it a real partner in it?"),
        gettext_lazy("It also answers for the result. A firm that sells to a government is not enough."),
        (
            "organisation",
            "organisation_level",
            "public_employee",
            "sponsor_name",
            "sponsor_organisation",
            "sponsor_email",
            "jurisdictions",
            "collaborations",
        ),
    ),
    Test(
        "novel",
        gettext_lazy("Novel"),
        gettext_lazy("Is it new for the organisations that do it?"),
        gettext_lazy("It counts as new even if others did it before them."),
        ("innovative", "mechanisms", "instruments"),
    ),
    Test(
        "implemented",
        gettext_lazy("Implemented"),
        gettext_lazy("Has it begun to reach the people it is for?"),
        gettext_lazy("A pilot is enough; a plan is not."),
        ("year", "stages", "happening_now", "users"),
    ),
    Test(
        "impact",
        gettext_lazy("Public impact"),
        gettext_lazy("Has it changed something for the public, or is it likely to?"),
        gettext_lazy(
            "Some evidence is given, even if early; expected results count where none are known yet."
        ),
        ("results", "challenges", "replication"),
    ),
)
assert tuple(test.key for test in TESTS) == Screening.TESTS
assert set(Answer.values) == {"yes", "no", "unclear"}
