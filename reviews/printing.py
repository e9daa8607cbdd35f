"""The dossier on paper: one case, or a shortlist, with what the review says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from cases import reading
from papers.paper import Paper, PaperSection
from people import times
from people.models import User
from reviews import blinding
from reviews.exports import Sight, said_of, words_for
from reviews.models import Dossier, Question, Review, Screening
from reviews.ranking import score_of

#: So many cases make one paper, which is three seconds' work as people write; fewer where their letters would be more
#: than this, so that nobody waits for longer than a proxy does.
MOST = 20
MOST_LETTERS = 500_000


def paper_of(dossiers: Sequence[Dossier], *, sight: Sight, reader: User, at: datetime) -> Paper:
    """One paper for these cases, ready to be drawn; only what this person may see (see ``exports.Sight``). It ends before
    the case with which it would be too long, and says so; the first one is always there."""
    reviews = _reviews_of([d for d in dossiers if sight.sees_scores(d.pk)])
    sections: list[PaperSection] = []
    printed = letters = 0
    for dossier in dossiers:
        before = f"{dossier.case.reference} · " if len(dossiers) > 1 else ""
        more = [
            PaperSection(f"{before}{said_of(dossier, sight).get('title', '')}", _facts(dossier)),
            *_of_the_review(dossier, reviews.get(dossier.pk, []), before, sight),
            *_answers(dossier, sight, before),
        ]
        letters += sum(len(label) + len(words) for section in more for label, words in section.items)
        if printed and letters > MOST_LETTERS:
            break
        sections += more
        printed += 1
    one = dossiers[0] if len(dossiers) == 1 else None
    return Paper(
        title=one.case.reference or "" if one else _("Shortlist"),
        subtitle="" if one else ngettext("%(n)d case", "%(n)d cases", printed) % {"n": printed},
        facts=[
            (_("Printed"), f"{at.astimezone(times.UTC):%Y-%m-%d %H:%M} UTC"),
            (_("For"), str(reader)),
            *_left_out(len(dossiers) - printed),
        ],
        sections=sections,
        footer=_("For the review only. Not public."),
        language=get_language() or "en",
        direction="rtl" if get_language_bidi() else "ltr",
        made_at=at,
        documents=printed,
    )


def _left_out(more: int) -> list[tuple[str, str]]:
    if not more:
        return []
    words = ngettext(
        "%(n)d more case of the list, for these are so long that the paper is full. Print it alone.",
        "%(n)d more cases of the list, for these are so long that the paper is full. Print them apart.",
        more,
    )
    return [(_("Left out"), words % {"n": more})]


def _facts(dossier: Dossier) -> list[tuple[str, str]]:
    zone = dossier.round.call.zone
    return [
        (_("Step of the review"), str(dossier.get_step_display())),
        (_("Version"), str(dossier.submission.number)),
        (_("Arrived"), times.in_full(dossier.submission.arrived_at, zone)),
    ]


def _of_the_review(dossier: Dossier, reviews: list[Review], before: str, sight: Sight) -> list[PaperSection]:
    sections = []
    screening: Screening | None = getattr(dossier, "screening", None)
    if screening:
        items = [
            (
                Screening.name_of(test),
                _joined(
                    getattr(screening, f"get_{test}_display")(),
                    words_for(dossier, sight, getattr(screening, f"{test}_note")),
                ),
            )
            for test in Screening.TESTS
        ]
        sections.append(PaperSection(f"{before}{_('Screening')}", items))
    asked = [
        (words_for(dossier, sight, each.words), words_for(dossier, sight, _answer_to(each)))
        for each in dossier.questions.all()
    ]
    if asked:
        sections.append(PaperSection(f"{before}{_('Questions to the author')}", asked))
    if reviews:
        criteria = list(dossier.round.criteria.all())
        weights = {criterion.key: criterion.weight for criterion in criteria}
        items = []
        for review in reviews:
            score = score_of(review.scores, weights)
            points = ", ".join(f"{c.title_text} {review.scores.get(c.key, '–')}" for c in criteria)
            total = _("Score %(n)s of 4") % {"n": f"{score:.2f}"} if score is not None else ""
            items.append(
                (
                    str(review.assignment.reviewer),
                    _joined(
                        total,
                        points,
                        str(review.get_advice_display()),
                        review.comments,
                        review.words_for_author,
                    ),
                )
            )
        sections.append(PaperSection(f"{before}{_('Reviews')}", items))
    if dossier.decision:
        decision = dossier.decision
        items = [(str(decision.get_outcome_display()), words_for(dossier, sight, decision.reasons))]
        sections.append(PaperSection(f"{before}{_('Decision')}", items))
    return sections


def _answer_to(question: Question) -> str:
    if question.answered_at:
        return question.answer or _("Answered by handing in again.")
    return _("No longer waited for.") if question.closed_at else _("No answer yet.")


def _answers(dossier: Dossier, sight: Sight, before: str) -> list[PaperSection]:
    files = dossier.submission.files
    if dossier.round_id in sight.blind:
        files = [
            {**file, "name": blinding.file_named(number, file), "alt": ""}
            for number, file in enumerate(files, 1)
        ]
    chapters = reading.chapters(said_of(dossier, sight), files, private=sight.addresses)
    return [
        PaperSection(
            f"{before}{chapter.title}",
            [(item.label, item.text or _("Not given")) for item in chapter.items],
        )
        for chapter in chapters
    ]


def _joined(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _reviews_of(dossiers: Sequence[Dossier]) -> dict[int, list[Review]]:
    found = defaultdict(list)
    finished = Review.objects.finished().filter(assignment__dossier__in=dossiers)
    for review in finished.select_related("assignment__reviewer__user").order_by("finished_at", "pk"):
        found[review.assignment.dossier_id].append(review)
    return found
