"""What lies in the file of one case in review: its text as handed in, what changed since it was read, and what the
review has made of it so far.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.admin import case_file
from cases.models import Attachment, Submission
from cases.questions import lang_of
from people import times
from people.models import User
from reviews import assigning, likeness, screening, seeing
from reviews.admin import review_words
from reviews.admin.marks import marks_of
from reviews.models import Answer, Assignment, Criterion, Dossier, Review, Screening

#: So much of each history is shown; the newest come first.
SHOWN = case_file.SHOWN

#: What was done in the review, for people; the deeds of authors and of the desk stand in ``case_file.DEEDS``.
DEEDS = {
    "screened": gettext_lazy("Screened"),
    "looked at": gettext_lazy("Looked at what came back"),
    "given to reviewers": gettext_lazy("Given to reviewers"),
    "taken back from a reviewer": gettext_lazy("Taken back from a reviewer"),
    "due date changed": gettext_lazy("Changed the due date of a review"),
    "conflict declared": gettext_lazy("Declared a conflict of interest"),
    "left without a reviewer": gettext_lazy("Nobody could take it over"),
    "no conflict of interest": gettext_lazy("Said that they have no conflict of interest"),
    "review finished": gettext_lazy("Finished their review"),
    "review changed": gettext_lazy("Changed their finished review"),
    "asked the author": gettext_lazy("Asked the author"),
    "answered": gettext_lazy("Answered"),
    "moved a question": gettext_lazy("Changed the date of a question"),
    "closed a question": gettext_lazy("Closed a question"),
    "decision written": gettext_lazy("Wrote a decision"),
    "decided": gettext_lazy("Released a decision"),
}


def contents(dossier: Dossier, *, reader: User, at: datetime) -> dict[str, Any]:
    """Everything the page of a case in review shows, in the same few statements however long the review took.

    Addresses only for readers who may see addresses; scores and what is said beside them only for those who may see
    scores and have no review of their own to finish.
    """
    case, submission = dossier.case, dossier.submission
    sees_addresses = reader.has_perm("people.view_address")
    unprejudiced = seeing.may_see_scores(reader, dossier)
    sees_scores = unprejudiced and reader.has_perm("reviews.see_scores")
    given = list(
        dossier.assignments.select_related("reviewer__user", "review__submission").order_by("given_at", "pk")[
            :SHOWN
        ]
    )
    screened = Screening.objects.select_related("by", "submission").filter(dossier=dossier).first()
    decisions = list(
        dossier.decisions.select_related("decided_by", "release", "submission")
        .defer("submission__content")
        .order_by("-number")[:SHOWN]
    )
    colleagues = list(case.colleagues.only("name", "role", "address", "case"))
    criteria = list(dossier.round.criteria.all()) if sees_scores else []
    since = version_to_compare(dossier, given, screened, decisions)
    changes = Changes(dossier, since, private=sees_addresses)
    return {
        "marks": marks_of(dossier, at, sees_scores=sees_scores),
        "submission": submission,
        "lang": lang_of(submission.language),
        "chapters": changes.chapters,
        "files": changes.files,
        "since": since,
        "news": changes.news,
        "facts": [
            *case_file.facts_of(case, submission, at=at),
            (_("Call"), str(case.call)),
            (_("In review since"), times.moment(dossier.opened_at, case.call.zone)),
        ],
        "checks": checks_of(dossier),
        "screening": screening_of(screened, dossier) if screened else None,
        "screened_before": screened_before(screened) if screened else [],
        "alike": likeness.alike(dossier),
        "readers": [reader_of(each, at) for each in given],
        "unprejudiced": unprejudiced,
        "sees_scores": sees_scores,
        "reviews": scores_of(dossier, given, criteria) if sees_scores else None,
        "reviews_before": review_words.changes_in(
            Review.history.filter(assignment__dossier=dossier), criteria, most=SHOWN
        )
        if sees_scores
        else [],
        "questions": list(
            dossier.questions.select_related("asked_by", "answered_by").order_by("-pk")[:SHOWN]
        ),
        "decisions": decisions,
        "events": case_file.history_of(case, colleagues),
    }


def checks_of(dossier: Dossier) -> list[screening.Check]:
    return screening.in_words(dossier.checks or screening.checks_of(dossier.submission))


def attachment_of(dossier: Dossier, code: str) -> Attachment | None:
    """A file that the submission in review names; files of the working copy stay with its authors."""
    if code not in [file["code"] for file in dossier.submission.files]:
        return None
    return Attachment.objects.filter(case=dossier.case_id, code=code).first()


# -- What changed since it was read -----------------------------------------------------------------------------------


def version_to_compare(
    dossier: Dossier, given: Iterable[Assignment], screened: Screening | None, decisions: list
) -> Submission | None:
    """The oldest version on which a review, else the decision, else the screening rests, if the case has moved on.

    When nothing rests on any version yet and something has come back: the version before.
    """
    number = dossier.submission.number
    read = [
        review.submission.number for each in given if each.ended_at is None and (review := finished(each))
    ]
    if read:
        number = min(read)
    elif decisions:
        number = decisions[0].submission.number
    elif screened:
        number = screened.submission.number
    elif dossier.news.get("changed"):
        number -= 1
    if number >= dossier.submission.number:
        return None
    return Submission.objects.filter(case=dossier.case_id, number=number).first()


def finished(assignment: Assignment) -> Review | None:
    review = getattr(assignment, "review", None)
    return review if review and review.finished_at else None


class Changes:
    """The text in chapters, each answer with what it said before where that was something else."""

    def __init__(self, dossier: Dossier, since: Submission | None, *, private: bool):
        self._news = set(dossier.news.get("changed", []))
        self._said = {}
        self.chapters = case_file.chapters_of(dossier.submission, private=private)
        before = case_file.chapters_of(since, private=private) if since else []
        for chapter in before:
            self._said |= {item["key"]: item["text"] for item in chapter["items"]}
        keys = {item["key"] for chapter in self.chapters for item in chapter["items"]}
        gone = {
            chapter["key"]: [item["text"] for item in chapter["items"] if item["key"] not in keys]
            for chapter in before
        }
        for chapter in self.chapters:
            chapter["gone"] = gone.get(chapter["key"], [])
            for item in chapter["items"]:
                item |= self._marks(item["key"], item["text"])
        self.files = case_file.files_of(dossier.case, dossier.submission)
        had = {file["sha256"] for file in since.files} if since else None
        for file in self.files:
            file["is_new"] = had is not None and file["sha256"] not in had
        self.news = self._in_words(dossier)

    def _marks(self, key: str, text: str) -> dict[str, Any]:
        """``before`` is None where nothing is known of an earlier version, "" where it gave no answer."""
        before = self._said.get(key, "") if self._said else None
        differs = before is not None and before != text
        is_news = key in self._news
        if key.startswith("jurisdictions."):
            is_news = bool(self._news & {"jurisdictions", "jurisdictions.lead"}) and differs
        return {"changed": differs or is_news, "is_news": is_news, "before": before if differs else None}

    def _in_words(self, dossier: Dossier) -> dict[str, Any] | None:
        """What came back and nobody has looked at: the answers with their places on the page."""
        if not dossier.came_back_at:
            return None
        items = [item for chapter in self.chapters for item in chapter["items"] if item["is_news"]]
        answers = [(item["label"], f"answer-{item['key']}") for item in items]
        if "files" in self._news:
            answers.append((_("Files"), "files"))
        return {
            "at": times.moment(dossier.came_back_at, dossier.case.call.zone),
            "seen": dossier.came_back_at.isoformat(),
            "answers": answers,
            "answered": len(dossier.news.get("answered", [])),
        }


# -- What the review has made of it ----------------------------------------------------------------------------------


def screening_of(screened: Screening, dossier: Dossier) -> dict[str, Any]:
    return {
        "verdict": verdict_words(screened.verdict),
        "verdict_key": screened.verdict,
        "by": str(screened.by),
        "at": times.moment(screened.at, dossier.case.call.zone),
        "version": screened.submission.number,
        "is_older": screened.submission_id != dossier.submission_id,
        "tests": tests_of(screened),
    }


def verdict_words(verdict: str) -> str:
    return {
        Answer.YES: _("All four tests hold"),
        Answer.NO: _("A test fails"),
        Answer.UNCLEAR: _("Not clear yet"),
    }.get(verdict, _("Not finished"))


def tests_of(screened: Any) -> list[tuple[str, str, str]]:
    """Each test with the answer and the note, from a screening or from a row of its history."""
    return [
        (
            str(test.title),
            str(dict(Answer.choices).get(getattr(screened, test.key), "–")),
            getattr(screened, f"{test.key}_note"),
        )
        for test in screening.TESTS
    ]


def screened_before(screened: Screening) -> list[dict[str, Any]]:
    """What the screening said before, newest first, without what stands now."""
    rows = screened.history.select_related("history_user").order_by("-history_date", "-history_id")
    return [
        {
            "at": row.history_date,
            "by": str(row.history_user or ""),
            "why": row.history_change_reason or "",
            "tests": tests_of(row),
        }
        for row in rows[1:SHOWN]
    ]


def reader_of(assignment: Assignment, at: datetime) -> dict[str, Any]:
    zone = assignment.dossier.case.call.zone
    return {
        "name": str(assignment.reviewer),
        "due": times.day(assignment.due_at, zone),
        "finished": times.day(assignment.finished_at, zone) if assignment.finished_at else "",
        "overdue": not assignment.finished_at and not assignment.ended_at and assignment.due_at < at,
        "ended": times.day(assignment.ended_at, zone) if assignment.ended_at else "",
        "why": assigning.why_ended(assignment),
    }


def scores_of(dossier: Dossier, given: Iterable[Assignment], criteria: Iterable[Criterion]) -> dict[str, Any]:
    """The finished reviews side by side: a row for each criterion, a column for each reviewer."""
    reviews = [
        (each, review) for each in given if each.ended_at is None and (review := finished(each)) is not None
    ]
    return {
        "names": [str(each.reviewer) for each, _review in reviews],
        "rows": [
            (criterion.title_text, [review.scores.get(criterion.key, "–") for _each, review in reviews])
            for criterion in criteria
        ],
        "said": [
            {
                "name": str(each.reviewer),
                "advice": review.get_advice_display() if review.advice else "",
                "comments": review.comments,
                "words_for_author": review.words_for_author,
                "version": review.submission.number,
                "is_older": review.submission_id != dossier.submission_id,
            }
            for each, review in reviews
        ],
        "figures": [
            (words, value)
            for words, value in (
                (_("Mean"), dossier.plain_mean),
                (_("Normalised mean"), dossier.normalised_mean),
                (_("Spread"), dossier.spread),
            )
            if value is not None
        ],
    }
