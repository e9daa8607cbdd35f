"""What lies on a reviewer's desk: the pile, one case as text, the rubric beside it, and what became known since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases import answers, reading
from cases.admin import case_file
from cases.questions import CASE_LANGUAGES, label_of, lang_of
from people import times
from people.models import Event, User
from reviews import blinding, seeing
from reviews.models import Assignment, Criterion, Dossier, Review
from reviews.models.round import POINTS
from reviews.reviewing import OVER, WORDS, score_of, value_of
from reviews.taking_in import changed_answers

#: So many cases of the pile are shown before and after the one that is being read.
BEFORE, AFTER = 2, 4
#: So many similar cases, and so much of a history.
SIMILAR, SHOWN = 5, 40
#: What the author has agreed to is looked after by others.
NOT_READ = "permission"
#: What a reviewer sees of what was done with the case …
DEEDS = {
    "handed in": gettext_lazy("Handed in"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "reopened": gettext_lazy("Reopened for changes"),
}
#: … and of what they did themselves.
OWN_DEEDS = {
    "no conflict of interest": gettext_lazy("You said that you have no conflict of interest"),
    "review finished": gettext_lazy("You finished your review"),
    "review changed": gettext_lazy("You changed your review"),
}


@dataclass(frozen=True)
class Glance:
    """What a list shows of a case; ``dossier`` and ``case`` are keys."""

    dossier: int
    case: int
    reference: str
    blind: bool
    title: str
    language: str

    @property
    def lang(self) -> str:
        return lang_of(self.language)


@dataclass(frozen=True)
class Line(Glance):
    """One case of a pile. ``pk`` is the key of the assignment. The list tells more of it than the reading page:
    ``review`` is the key of the review, None before it is begun, and ``zone_name`` that of the call."""

    pk: int
    due_at: datetime
    finished_at: datetime | None
    step: str
    review: int | None = None
    zone_name: str = "UTC"

    @property
    def is_over(self) -> bool:
        return self.step in OVER

    def is_late(self, at: datetime) -> bool:
        return self.finished_at is None and not self.is_over and self.due_at < at


def glance_at(path: str) -> tuple[str, ...]:
    """The columns of a Glance, seen from a row whose ``path`` leads to the dossier."""
    names = ("pk", "case", "case__reference", "round__blind", "submission__title", "submission__language")
    return tuple(f"{path}__{name}" for name in names)


LINE = (*glance_at("dossier"), "pk", "due_at", "finished_at", "dossier__step")
LISTED = (*LINE, "review", "dossier__case__call__zone_name")


class Eyes:
    """How cases look to a reviewer: as they are, or covered where the round is blind.

    What has to be covered is looked up once for all the cases of a page, in two statements, and only where it is blind.
    """

    def __init__(self, cases: Iterable[Glance]):
        blind = {one.dossier: one.case for one in cases if one.blind}
        self.people = blinding.people_of(blind.values()) if blind else {}
        self.cases = blind
        self.contents = (
            dict(Dossier.objects.filter(pk__in=blind).values_list("pk", "submission__content"))
            if blind
            else {}
        )
        self.covers: dict[int, blinding.Cover] = {}

    def title(self, one: Glance) -> str:
        return self.cover(one.dossier)(one.title) if one.blind else one.title

    def cover(self, dossier: int) -> blinding.Cover:
        if dossier not in self.covers:
            said = json.loads(self.contents[dossier])["answers"]
            self.covers[dossier] = blinding.cover_of(said, self.people.get(self.cases[dossier], []))
        return self.covers[dossier]


# -- The pile ----------------------------------------------------------------------------------------------------------


def rows_of(lines: list[Line], eyes: Eyes, *, at: datetime) -> list[dict]:
    """Lines in words."""
    return [
        {
            "pk": line.pk,
            "url": reverse("admin:reviews_assignment_change", args=[line.pk]),
            "reference": line.reference,
            "title": eyes.title(line),
            "lang": line.lang,
            "done": line.finished_at is not None,
            "late": line.is_late(at),
        }
        for line in lines
    ]


def listed(pile: QuerySet[Assignment], *, at: datetime) -> list[dict]:
    """The lines of the list: when each case is due, in which language it is, and how far one is with it."""
    lines = [Line(*row) for row in pile.values_list(*LISTED)]
    more = [
        {
            "language": label_of(CASE_LANGUAGES, line.language),
            "due": times.day(line.due_at, ZoneInfo(line.zone_name)),
            "state": state_of(line),
        }
        for line in lines
    ]
    return [row | said for row, said in zip(rows_of(lines, Eyes(lines), at=at), more, strict=True)]


def state_of(line: Line) -> str:
    if line.step == Dossier.Step.OUT:
        return _("Withdrawn by its author")
    if line.finished_at:
        return _("Finished")
    if line.is_over:
        return _("Decided without your review")
    return _("Begun") if line.review else _("To read")


def progress_of(reviewer: int) -> dict[str, int]:
    """How many cases a reviewer has, and how many of them are done."""
    return _pile_of(reviewer).aggregate(
        all=Count("pk"), done=Count("pk", filter=Q(finished_at__isnull=False))
    )


def _pile_of(reviewer: int) -> QuerySet[Assignment]:
    """What a reviewer has read or is to read; not what was withdrawn or decided before they had."""
    of_use = Q(finished_at__isnull=False) | ~Q(dossier__step__in=OVER)
    return Assignment.objects.active().filter(of_use, reviewer=reviewer)


def neighbours_of(one: Assignment) -> tuple[list[Line], list[Line]]:
    """What lies before and after this case in the pile: the due ones first, as the list shows them."""
    pile = _pile_of(one.reviewer_id)
    earlier = Q(due_at__lt=one.due_at) | Q(due_at=one.due_at, pk__lt=one.pk)
    later = Q(due_at__gt=one.due_at) | Q(due_at=one.due_at, pk__gt=one.pk)
    before = pile.filter(earlier).order_by("-due_at", "-pk").values_list(*LINE)[:BEFORE]
    after = pile.filter(later).order_by("due_at", "pk").values_list(*LINE)[:AFTER]
    return [Line(*row) for row in before][::-1], [Line(*row) for row in after]


def next_to_read(one: Assignment) -> Assignment | None:
    """The next case in the pile that still wants this person's review; from the top when the end is reached."""
    waiting = (
        Assignment.objects.wanted()
        .filter(reviewer=one.reviewer_id)
        .exclude(pk=one.pk)
        .order_by("due_at", "pk")
    )
    later = Q(due_at__gt=one.due_at) | Q(due_at=one.due_at, pk__gt=one.pk)
    return waiting.filter(later).first() or waiting.first()


# -- One case ----------------------------------------------------------------------------------------------------------


def line_of(one: Assignment) -> Line:
    """The assignment that lies open, as a line of its pile."""
    dossier, case = one.dossier, one.dossier.case
    return Line(
        dossier.pk,
        case.pk,
        case.reference or "",
        dossier.round.blind,
        dossier.submission.title,
        dossier.submission.language,
        one.pk,
        one.due_at,
        one.finished_at,
        dossier.step,
    )


def before_opening(one: Assignment) -> dict[str, Any]:
    """All that is told before somebody has said whether they have a conflict: the title and the places."""
    rows = answers.rows_of(one.dossier.submission.answers)
    line = line_of(one)
    return {
        "heading": Eyes([line]).title(line),
        "lang": line.lang,
        "places": [answers.place(row) for row in rows if answers.said(row)],
    }


def contents(one: Assignment, *, user: User, at: datetime) -> dict[str, Any]:
    """Everything beside the rubric, in a number of statements that does not grow."""
    line = line_of(one)
    before, after = neighbours_of(one)
    likes = [Glance(*row) for row in one.dossier.likenesses.values_list(*glance_at("other"))[:SIMILAR]]
    queue = [*before, line, *after]
    eyes = Eyes([*queue, *likes])
    zone = one.dossier.case.call.zone
    return {
        **text_of(one, eyes),
        "heading": eyes.title(line),
        "queue": rows_of(queue, eyes, at=at),
        "before": before[-1] if before else None,
        "after": after[0] if after else None,
        "progress": progress_of(one.reviewer_id),
        "due": times.day(one.due_at, zone),
        "late": line.is_late(at),
        "arrived": f"{times.moment(one.dossier.submission.arrived_at, zone)} ({times.city_name(zone)})",
        "similar": [
            {"reference": like.reference, "title": eyes.title(like), "lang": like.lang} for like in likes
        ],
        "past": past_of(one.dossier, user),
    }


def text_of(one: Assignment, eyes: Eyes) -> dict[str, Any]:
    """The text of the case with its files and what its author was asked."""
    dossier = one.dossier
    submission, blind = dossier.submission, dossier.round.blind
    content = json.loads(submission.content)
    said = content["answers"]
    changed = changed_since(one)
    if blind:
        said = blinding.covered(said, eyes.cover(dossier.pk))
    chapters = case_file.chapters_in(said, submission.language, private=False)
    for chapter in chapters:
        items = [item for item in chapter["items"] if not (blind and item["key"] in blinding.HIDDEN)]
        chapter["items"] = [item | {"changed": item["key"] in changed} for item in items if item["text"]]
        chapter["not_given"] = [item["label"] for item in items if not item["text"]]
    shown = eyes.cover(dossier.pk) if blind else str
    return {
        "chapters": [
            chapter
            for chapter in chapters
            if chapter["key"] != NOT_READ and (chapter["items"] or chapter["not_given"])
        ],
        "files": files_of(dossier, content["files"], blind=blind, shown=shown),
        "files_changed": "files" in changed,
        "lang": lang_of(submission.language),
        "asked": [
            {"words": shown(words), "answer": shown(answer), "answered": answered_at}
            for words, answer, answered_at in dossier.questions.values_list("words", "answer", "answered_at")
        ],
    }


def changed_since(one: Assignment) -> set[str]:
    """The answers that say something else than when the review was written."""
    review = getattr(one, "review", None)
    if review is None or review.submission_id == one.dossier.submission_id:
        return set()
    changed = set(changed_answers(review.submission, one.dossier.submission))
    if "jurisdictions" in changed:
        rows = answers.rows_of(one.dossier.submission.answers)
        changed |= {f"jurisdictions.{row['id']}.country" for row in rows}
    return changed


def files_of(dossier: Dossier, files: list[dict], *, blind: bool, shown) -> list[dict]:
    there = set(dossier.case.attachments.order_by().values_list("code", flat=True)) if files else set()
    return [
        {
            "code": file["code"],
            "name": blinding.file_named(number, file) if blind else file["name"],
            "size": "" if blind else reading.size_in_words(file["size"]),
            "alt": shown(file.get("alt", "")),
            "is_there": file["code"] in there,
        }
        for number, file in enumerate(files, 1)
    ]


def past_of(dossier: Dossier, user: User) -> list[dict]:
    """What was done with the case, as far as it is a reviewer's business, and never by whom among its authors."""
    own = Q(action__in=OWN_DEEDS, actor=Event.Actor.STAFF, actor_id=user.pk)
    events = Event.objects.filter(
        Q(action__in=DEEDS) | own, object_kind="case", object_id=str(dossier.case_id)
    ).order_by("-at", "-pk")
    words = DEEDS | OWN_DEEDS
    return [
        {
            "at": at,
            "by": _("You") if action in OWN_DEEDS else Event.Actor(actor).label,
            "what": words[action],
        }
        for at, actor, action in events.values_list("at", "actor", "action")[:SHOWN]
    ]


# -- The rubric --------------------------------------------------------------------------------------------------------


def rubric_of(
    review: Review | None, criteria: list[Criterion], *, typed: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    """The rubric with what was saved, or with what was typed where a page is shown again."""
    review = review or Review()
    value = {field: value_of(review, field) for field in (*map(score_of, keys_of(criteria)), *WORDS)} | typed
    lines = []
    for one in criteria:
        name = score_of(one.key)
        chosen = value[name]
        lines.append(
            {
                "key": one.key,
                "name": name,
                "title": one.title_text,
                "question": one.question_text,
                "weight": weight_in_words(one.weight),
                "points": points_written(name, chosen),
                "means": dict(one.anchors).get(chosen, ""),
                "anchors": anchors_written(name, tuple(one.anchors)),
                "error": errors.get(name, ""),
            }
        )
    return {
        "lines": lines,
        "errors": errors,
        "scored": scored_in_words([value[line["name"]] for line in lines]),
        "advices": [(key, words, key == value["advice"]) for key, words in Review.Advice.choices],
        **{name: value[name] for name in ("comments", "words_for_author")},
    }


@lru_cache(maxsize=200)
def points_written(name: str, chosen: int | None) -> SafeString:
    """The choices of a criterion. Like what they mean, they are the same on every page of a round, and many."""
    line = '<label><input type="radio" name="{0}" value="{1}" aria-describedby="{0}-{1}"{2}> {1}</label>'
    checked = {chosen: mark_safe(" checked")}
    return format_html_join("", line, ((name, points, checked.get(points, "")) for points in POINTS))


@lru_cache(maxsize=200)
def anchors_written(name: str, anchors: tuple[tuple[int, str], ...]) -> SafeString:
    line = '<div><dt>{1}</dt><dd id="{0}-{1}">{2}</dd></div>'
    return format_html_join("", line, ((name, points, words) for points, words in anchors))


def keys_of(criteria: Iterable[Criterion]) -> list[str]:
    return [one.key for one in criteria]


def weight_in_words(weight: int) -> str:
    return _("counts %(n)s times") % {"n": weight} if weight > 1 else ""


def scored_in_words(points: list[int | None]) -> str:
    """«3 of 5 scored, 11 points so far»."""
    given = [one for one in points if one is not None]
    words = _("%(n)s of %(all)s scored") % {"n": len(given), "all": len(points)}
    so_far = ngettext("%(n)s point so far", "%(n)s points so far", sum(given)) % {"n": sum(given)}
    return f"{words}, {so_far}"


# -- What others gave, and what one gave before ------------------------------------------------------------------------


def others_of(one: Assignment, criteria: list[Criterion], *, user: User) -> list[dict] | None:
    """The finished reviews of colleagues; None as long as they are not to be seen."""
    if one.finished_at is None or not seeing.may_see_scores(user, one.dossier):
        return None
    reviews = (
        Review.objects.finished()
        .filter(assignment__dossier=one.dossier)
        .exclude(assignment=one)
        .order_by("finished_at", "pk")
        .values_list(
            "assignment__reviewer__user__name",
            "assignment__reviewer__user__email",
            "advice",
            "scores",
            "comments",
            "words_for_author",
        )
    )
    return [
        {
            "by": name or email,
            "advice": Review.Advice(advice).label,
            "scores": [(each.title_text, scores.get(each.key)) for each in criteria],
            "comments": comments,
            "words_for_author": words,
        }
        for name, email, advice, scores, comments, words in reviews
    ]
