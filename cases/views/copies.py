"""What people keep: receipts, prints, copies, and their own files back."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import papers
from cases import reading
from cases.announcing import deadline_of
from cases.forms import FeedbackForm
from cases.models import Attachment, Colleague, FormFeedback, Submission
from cases.reading import Chapter
from cases.views.entry import for_colleague
from cases.views.writing import files_of, frame_of, in_call_zone, versions_of
from people import limits, times

#: Of one case, by all who take part in it.
PDFS_AN_HOUR = 30


@require_safe
@for_colleague
def receipt(request: HttpRequest, part: Colleague, number: int) -> HttpResponse:
    """The accessible original of the receipt; on the screen even when no letter can leave."""
    return show_receipt(request, part, number)


def show_receipt(
    request: HttpRequest, part: Colleague, number: int, form: FeedbackForm | None = None, *, status: int = 200
) -> HttpResponse:
    submission = submission_of(part, number)
    case = part.case
    context = frame_of(request, part) | {
        "submission": submission,
        "moments": moments_of(submission, part),
        "chapters": reading.chapters(submission.answers, submission.files),
        "files": submission.files,
        "verify_url": verify_url(submission),
        "versions": versions_of(case),
        "is_latest": case.latest_id == submission.pk,
        "latest_number": case.latest.number if case.latest else number,
        "email": part.address.email,
        "closes": deadline_of(case.call, request.arrived_at)["paris"],
        "feedback": form or FeedbackForm(),
        "feedback_url": reverse("cases:feedback", args=[case.code]),
    }
    return render(request, "cases/receipt.html", context, status=status)


def submission_of(part: Colleague, number: int) -> Submission:
    return get_object_or_404(Submission.objects.select_related("by"), case=part.case, number=number)


def verify_url(submission: Submission) -> str:
    return settings.SITE_URL + reverse("verify", args=[submission.code])


def moments_of(submission: Submission, part: Colleague) -> list[dict[str, str]]:
    """The instant of arrival in UTC, in the zone of the call and in the reader's own, each said once."""
    zones = [times.UTC, part.case.call.zone]
    if part.address.zone and part.address.zone.key not in ("UTC", part.case.call.zone_name):
        zones.append(part.address.zone)
    return [times.to_the_second(submission.arrived_at, zone) for zone in zones]


@require_safe
@for_colleague
def receipt_pdf(request: HttpRequest, part: Colleague, number: int) -> HttpResponse:
    submission = submission_of(part, number)
    if not _may_draw(request, part):
        return _not_again(request, part)
    facts = [
        (_("Reference"), part.case.reference or ""),
        (_("Version"), str(submission.number)),
        *((_("Received"), f"{said['moment']} {said['zone_words']}") for said in moments_of(submission, part)),
        (_("Handed in by"), submission.by.name),
        (_("Digest (SHA-256)"), submission.digest),
        (_("Code"), submission.code),
        (_("Check this receipt at"), verify_url(submission)),
    ]
    paper = paper_of(
        reading.chapters(submission.answers, submission.files),
        title=submission.title,
        subtitle=_("Receipt: we have your case"),
        facts=facts,
        made_at=submission.arrived_at,
    )
    return _pdf(papers.pdf_of(paper), f"{part.case.reference}-{submission.number}.pdf")


def _may_draw(request: HttpRequest, part: Colleague) -> bool:
    """Drawing takes a second or more, during which others wait; no other page costs a tenth of it."""
    return limits.take(
        "pdf", f"case {part.case_id}", at=request.arrived_at, limit=PDFS_AN_HOUR, window=limits.HOUR
    )


def _not_again(request: HttpRequest, part: Colleague) -> HttpResponse:
    words = _(
        "This case was made into a PDF many times in the last hour. Please wait a while; the page to print and "
        "the copy as plain text are there all the time."
    )
    messages.warning(request, words)
    return redirect("cases:overview", code=part.case.code)


def paper_of(
    chapters: list[Chapter], *, title: str, subtitle: str, facts: list[tuple[str, str]], made_at: datetime
) -> papers.Paper:
    return papers.Paper(
        title=title or _("Untitled draft"),
        subtitle=subtitle,
        facts=facts,
        sections=[
            papers.PaperSection(
                chapter.title,
                [(item.label, item.text or _("Not given")) for item in chapter.items],
            )
            for chapter in chapters
        ],
        footer=_("Innovation across borders"),
        language=get_language() or "en",
        direction="rtl" if get_language_bidi() else "ltr",
        made_at=made_at,
    )


def _draft_paper(request: HttpRequest, part: Colleague) -> papers.Paper:
    case = part.case
    facts = [
        (_("Status"), str(case.get_status_display())),
        (_("Last changed"), in_call_zone(case, case.changed_at)),
    ]
    if case.reference:
        facts.insert(0, (_("Reference"), case.reference))
    subtitle = _("Copy of the working text. It is not a receipt.")
    return paper_of(
        reading.chapters(part.case.answers, files_of(part.case)),
        title=case.title,
        subtitle=subtitle,
        facts=facts,
        made_at=case.changed_at,
    )


@require_safe
@for_colleague
def print_page(request: HttpRequest, part: Colleague) -> HttpResponse:
    context = frame_of(request, part) | {
        "printed": in_call_zone(part.case, request.arrived_at),
        "chapters": reading.chapters(part.case.answers, files_of(part.case)),
    }
    return render(request, "cases/print.html", context)


@require_safe
@for_colleague
def copy_txt(request: HttpRequest, part: Colleague) -> HttpResponse:
    response = HttpResponse(
        papers.text_of(_draft_paper(request, part)), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="case.txt"'
    return response


@require_safe
@for_colleague
def copy_pdf(request: HttpRequest, part: Colleague) -> HttpResponse:
    if not _may_draw(request, part):
        return _not_again(request, part)
    return _pdf(papers.pdf_of(_draft_paper(request, part)), "case.pdf")


def _pdf(body: bytes, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@for_colleague
def file(request: HttpRequest, part: Colleague, file_code: str) -> FileResponse:
    """A file back to whoever takes part in its case; always as a download, never shown in the page."""
    return download_of(get_object_or_404(Attachment.objects.kept(), case=part.case, code=file_code))


def download_of(attachment: Attachment) -> FileResponse:
    """The stored bytes as a download that no browser runs, whatever they are."""
    if not default_storage.exists(attachment.file.name):
        raise Http404
    response = FileResponse(attachment.file.open("rb"), content_type="application/octet-stream")
    plain = (
        attachment.name.encode("ascii", "replace")
        .decode()
        .replace('"', "'")
        .replace("\\", "_")
        .replace("?", "_")
    )
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.name)}"
    )
    response["Content-Length"] = attachment.size
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@for_colleague
def feedback(request: HttpRequest, part: Colleague) -> HttpResponse:
    """How easy the form was: kept with the call alone, so that it cannot be told whose it is."""
    form = FeedbackForm(request.POST)
    latest = part.case.latest
    if latest is None:
        raise Http404
    if form.is_valid() and (form.cleaned_data["ease"] or form.cleaned_data["words"].strip()):
        FormFeedback.objects.create(
            call=part.case.call,
            ease=form.cleaned_data["ease"],
            words=form.cleaned_data["words"],
            at=request.arrived_at.replace(hour=0, minute=0, second=0, microsecond=0),
        )
        messages.success(request, _("Thank you. This helps those who come after you."))
        return redirect("cases:receipt", code=part.case.code, number=latest.number)
    if form.is_valid():
        form.add_error("ease", _("Choose a number from 1 to 10, or write a few words."))
    return show_receipt(request, part, latest.number, form, status=422)
