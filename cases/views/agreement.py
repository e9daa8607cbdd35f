"""What authors see of the public version of their case: they agree, and later say whether it is still true."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import agreeing, answers, comparing, partners, preparing, publishing, showing, yearly
from cases.agreeing import Overtaken
from cases.attachments import carried
from cases.drafting import NotAllowed
from cases.models import Agreement, Attachment, Case, Colleague, PublicCase
from cases.views.entry import for_colleague
from cases.views.public_files import picture_response
from cases.views.writing import frame_of
from people import times
from people.held import words_held

#: What somebody may press, and what is thanked for it.
AGREE = {
    "agree": (Agreement.Answer.AGREED, lambda: _("Thank you. We publish it next, and write to you.")),
    "wishes": (Agreement.Answer.WISHES, lambda: _("We have your wishes, and show you the text again.")),
    "refuse": (Agreement.Answer.REFUSED, lambda: _("We do not publish it. Thank you for telling us.")),
}
YEARLY = {
    "still-true": lambda: _("Thank you. The page says so from now on."),
    "changed": lambda: _("Thank you. We look at what has changed, and show you a new text first."),
    "ended": lambda: _("Thank you. We look at it, and write to you."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def public_version(request: HttpRequest, part: Colleague) -> HttpResponse:
    """The public version as readers would see it, what is different from the text handed in, and the author's word."""
    public = public_of(part)
    if request.method == "POST":
        return _take(request, part, public)
    return _show(request, part, public)


def public_of(part: Colleague) -> PublicCase:
    found = (
        PublicCase.objects.select_related("edition", "made_from", "case__call")
        .filter(case=part.case_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _take(request: HttpRequest, part: Colleague, public: PublicCase) -> HttpResponse:
    if not part.is_author:
        return words_held(request, reason="not-allowed", name_of=answers.name_of)
    act, at = request.POST.get("act", ""), request.arrived_at
    words = request.POST.get(f"words-{act}", "").replace("\0", "\ufffd")
    try:
        if act in AGREE:
            said, thanks = AGREE[act]
            asked = agreeing.newest(public)
            if asked is None or asked.digest != request.POST.get("digest"):
                raise Overtaken
            agreeing.answer(asked, said=said, words=words, by=part, at=at)
        elif act in YEARLY:
            thanks = YEARLY[act]
            yearly.answer(public, said=act, words=words, by=part, at=at)
        elif act == "take-down":
            publishing.ask_to_take_down(public, words=words, by=part, at=at)
            thanks = lambda: _("We have your wish, and answer you.")  # noqa: E731
        else:
            raise NotAllowed(_("Choose an answer."))
    except Overtaken:
        trouble = _(
            "There is a newer text since your page was made. Please look at it; your words are below."
        )
        return _show(request, part, public_of(part), status=409, trouble=trouble, act=act, words=words)
    except NotAllowed as error:
        return _show(request, part, public_of(part), status=422, trouble=str(error), act=act, words=words)
    messages.success(request, thanks())
    return redirect("cases:public_version", code=part.case.code)


def _show(
    request: HttpRequest,
    part: Colleague,
    public: PublicCase,
    *,
    status: int = 200,
    trouble: str = "",
    act: str = "",
    words: str = "",
) -> HttpResponse:
    case, zone = part.case, part.case.call.zone
    asked = agreeing.newest(public)
    content = _content_to_show(public, asked)
    context = frame_of(request, part) | {
        "public": public,
        "asked": asked,
        "trouble": trouble,
        "act": act,
        "typed": words,
        "is_open": asked is not None and may_answer(public, case, asked) and part.is_author,
        "asked_on": times.day(asked.asked_at, zone) if asked else "",
        "answered_on": times.day(asked.answered_at, zone) if asked and asked.answered_at else "",
        "page": public.path(request.LANGUAGE_CODE) if public.has_a_page else "",
        "shown": showing.before_readers(public, content, pictures_at=_pictures_at(case)) if content else None,
        "rows": _differences(public, content) if content else [],
        "carried": what_files_carry(public, content) if content else [],
        "standing": partners.in_words(partners.standing_of(public)),
        "check": yearly.open_check(public) if public.is_on_show else None,
        "confirmed_on": times.day(public.confirmed_at, zone) if public.confirmed_at else "",
        "asks_to_go": public.withdrawal_asked_at is not None,
    }
    return render(request, "cases/public_version.html", context, status=status)


def may_answer(public: PublicCase, case: Case, asked: Agreement) -> bool:
    """Whether what an author says to this question still counts: until the text is public."""
    is_public = public.edition is not None and preparing.digest(public.edition.said) == asked.digest
    return case.status in (Case.Status.ACCEPTED, Case.Status.PUBLISHED) and not (asked.answer and is_public)


def _content_to_show(public: PublicCase, asked: Agreement | None) -> dict[str, Any] | None:
    """The text that the author was asked about last; else the one that is public. Never what staff are writing."""
    if asked is not None and (public.edition is None or asked.asked_at >= public.edition.published_at):
        return asked.shown
    if public.edition is not None:
        return public.edition.said
    return asked.shown if asked else None


def _differences(public: PublicCase, content: dict) -> comparing.Rows:
    before = preparing.handed_in(public.made_from) if public.made_from else {}
    return comparing.rows_of(before, content)


def what_files_carry(public: PublicCase, content: dict) -> list[dict[str, Any]]:
    """For each file that would be offered: its name, and what was found in it besides what one sees, in words."""
    codes = [file["code"] for file in content["files"]]
    found = {each.code: each for each in Attachment.objects.filter(case=public.case_id, code__in=codes)}
    told = []
    for file in content["files"]:
        attachment = found.get(file["code"])
        kinds: list[str] = []
        if attachment is not None and attachment.file.storage.exists(attachment.file.name):
            with attachment.file.open("rb") as stored:
                kinds = carried.kinds_in(stored, attachment.name)
        told.append({"name": file["name"], "carries": [str(carried.WORDS[kind]) for kind in kinds]})
    return told


def _pictures_at(case: Case) -> str:
    return reverse("cases:picture_of_draft", args=[case.code, "CODE", 0]).replace("-0.webp", "-WIDTH.webp")


@require_safe
@for_colleague
def picture(request: HttpRequest, part: Colleague, picture_code: str, width: int) -> HttpResponse:
    """A picture of the public version, for those who take part in the case: it may not be public yet."""
    found = public_of(part).pictures.filter(code=picture_code).first()
    if found is None:
        raise Http404
    return picture_response(request, found, width, is_public=False)
