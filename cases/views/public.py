"""What anybody may read about the call."""

from __future__ import annotations

from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import questionnaire
from cases.announcing import cities_of, deadline_of, extensions_of
from cases.models import Call
from cases.questions import COLUMNS, FEWEST_JURISDICTIONS, MOST_JURISDICTIONS, SECTIONS, Kind, Question
from people.fresh import fresh_as_drawn
from people.texts import in_language


def current_call(request: HttpRequest) -> Call:
    call = Call.objects.current(request.arrived_at)
    if call is None:
        raise Http404
    request.call_shown = call
    return call


@require_safe
@fresh_as_drawn
def call(request: HttpRequest) -> HttpResponse:
    """What is asked, of whom, until when, and what becomes of it."""
    shown = current_call(request)
    context = {
        "call": shown,
        "deadline": deadline_of(shown, request.arrived_at),
        "cities": cities_of(shown),
        "extensions": extensions_of(shown),
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "cases/call.html", context)


@require_safe
@fresh_as_drawn
def questions(request: HttpRequest) -> HttpResponse:
    """Every question of the form, readable before anybody begins."""
    shown = current_call(request)
    examples = {example.question: in_language(example.words) for example in shown.examples.all()}
    context = {
        "sections": asked(examples),
        "deadline": deadline_of(shown, request.arrived_at),
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "cases/questions.html", context)


def asked(examples: dict[str, str]) -> list[dict]:
    """The sections as the question page tells them; jurisdictions as what each one is asked for."""
    sections = []
    for section in SECTIONS:
        rows = COLUMNS.values() if section.key == "jurisdictions" else section.questions
        hint = section.hint
        if section.key == "jurisdictions":
            hint = _(
                "For each of the jurisdictions, at least %(fewest)s different ones and at most %(most)s; "
                "one of them leads. Two cities of one country are fine."
            ) % {"fewest": FEWEST_JURISDICTIONS, "most": MOST_JURISDICTIONS}
        sections.append(
            {
                "key": section.key,
                "title": section.title,
                "hint": hint,
                "questions": [_asked(question, examples) for question in rows],
            }
        )
    return sections


def _asked(question: Question, examples: dict[str, str]) -> dict:
    kinds = {
        Kind.SEVERAL: _("Several answers are possible"),
        Kind.ONE: _("One answer"),
        Kind.YEAR: _("A year"),
        Kind.URL: _("A web address"),
        Kind.URLS: _("Web addresses"),
        Kind.EMAIL: _("An e-mail address"),
        Kind.COUNTRY: _("A country, the European Union or an international organisation"),
    }
    return {
        "key": question.key,
        "label": question.label,
        "help": question.help,
        "limit": question.limit if question.kind in (Kind.TEXT, Kind.LINE, Kind.TAGS) else None,
        "optional": not question.required,
        "kind_words": kinds.get(question.kind, ""),
        "choices": [words for _key, words in question.choices],
        "example": examples.get(question.key, ""),
    }


@require_safe
@fresh_as_drawn
def questions_docx(request: HttpRequest) -> HttpResponse:
    shown = current_call(request)
    body = _document(get_language() or "en", shown.pk, shown.title_text, _deadline_words(shown))
    response = HttpResponse(
        body, content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    response["Content-Disposition"] = f'attachment; filename="questions-{shown.year}.docx"'
    return response


@require_safe
@fresh_as_drawn
def questions_txt(request: HttpRequest) -> HttpResponse:
    shown = current_call(request)
    body = questionnaire.questions_txt(
        SECTIONS, shown.title_text, _deadline_words(shown), get_language() or "en"
    )
    response = HttpResponse(body, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="questions-{shown.year}.txt"'
    return response


@lru_cache(maxsize=16)
def _document(language: str, call_pk: int, title: str, deadline: str) -> bytes:
    """The document, made once for each language and deadline: python-docx takes 100 ms and more for it."""
    return questionnaire.questions_docx(SECTIONS, title, deadline, language)


def _deadline_words(shown: Call) -> str:
    told = deadline_of(shown, shown.opens_at)
    return f"{told['paris']} {told['zone_words']}"
