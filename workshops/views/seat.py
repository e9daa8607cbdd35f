"""One's own registration: what stands, and everything that can be done about it without asking anybody."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from papers import pdf_of
from people import keys, times
from workshops import announcing, attending, certificates, ics, registering, seating
from workshops.doors import give_key
from workshops.forms import AnswerForm, DetailsForm, filled
from workshops.models import Registration, Workshop
from workshops.seating import NotPossible
from workshops.views.entry import for_registrant, registration_of
from workshops.views.public import calendar_response


@require_http_methods(["GET", "HEAD", "POST"])
@for_registrant
def seat(request: HttpRequest, registration: Registration) -> HttpResponse:
    if request.method == "POST":
        return _act(request, registration)
    return show(request, registration)


def show(
    request: HttpRequest,
    registration: Registration,
    *,
    details: DetailsForm | None = None,
    answer: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at, workshop = request.arrived_at, registration.workshop
    sessions = announcing.sessions_of(announcing.beside(workshop), at)
    request.sessions_shown = sessions
    begun, over = at >= workshop.starts_at, workshop.is_over(at)
    lives = registration.is_active and not over
    claims = {each.workshop_id: each for each in claims_open_here(request, registration)}
    agreed = registering.agreed_to(registration)
    zone = registration.address.zone
    context = {
        "registration": registration,
        "workshop": workshop,
        "span": announcing.span_of(workshop, workshop.zone),
        "starts": f"{workshop.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "yours": announcing.told_in(workshop, zone) if zone else None,
        "state": state_of(registration, at),
        "place": registration.place_in_line(),
        **_line(registration, at),
        "confirm_by": "" if begun else _confirm_by(registration),
        "begun": begun,
        "offered_until": _moment(registration.offered_until, registration),
        "may_enter": attending.may_enter(registration, at),
        "is_open": at >= workshop.opens_at,
        "opens": f"{workshop.opens_at:%Y-%m-%dT%H:%M:%SZ}",
        "opens_words": times.moment(workshop.opens_at, workshop.zone),
        "opens_left": times.left(workshop.opens_at, at),
        "is_the_day": at >= workshop.starts_at - ics.LINK_FROM,
        "lives": lives,
        "others": [
            {"session": each, "claim": claim, "place": claim.place_in_line() if claim else 0}
            for each, claim in ((each, claims.get(each.workshop.pk)) for each in sessions)
            if each.workshop.pk != workshop.pk and (claim or (lives and _may_ask_for(each, registration)))
        ],
        "keeps_seat": registration.exclusive and any(claim.has_seat() for claim in claims.values()),
        "details": details if lives else None,
        "form": filled(registration, agreed) if lives and details is None else "",
        "answer": (answer or AnswerForm()) if _may_answer(registration, at) else None,
        "gets_news": registering.wants_news(agreed),
        "add_to": ics.add_to_links(workshop),
        "feed_url": _feed_url(registration),
        "verify_url": certificates.verify_url(registration) if registration.is_certified else "",
    }
    return render(request, "workshops/seat.html", context, status=status)


def claims_open_here(request: HttpRequest, registration: Registration) -> list[Registration]:
    """What else the person has or waits for in the series, as far as this browser may open it: all of it once their
    mailbox has answered to it, and until then what was typed here."""
    theirs = registering.other_claims(registration, at=request.arrived_at)
    if registration.address.confirmed_at:
        return theirs
    return [each for each in theirs if registration_of(request, each.pk)]


def _may_ask_for(session: announcing.Session, registration: Registration) -> bool:
    return session.takes_people and session.workshop.admits(registration.address.email)


def state_of(registration: Registration, at) -> str:
    """«seated», «offered», «lapsed», «waiting», «too-late» (nobody is seated from the line any more), «ended»,
    «cancelled» or, once it is over, «over»."""
    if registration.status == Registration.Status.CANCELLED:
        return "cancelled"
    if not registration.is_active:
        return "ended"
    if registration.workshop.is_over(at):
        return "over" if registration.has_seat() else "ended"
    if registration.status == Registration.Status.OFFERED:
        return "offered" if registration.is_offer_open(at) else "lapsed"
    if registration.status == Registration.Status.WAITING and at >= registration.workshop.starts_at:
        return "too-late"
    return str(registration.status)


def _line(registration: Registration, at) -> dict:
    """For those who wait: until when the line moves by itself, and what is to be hoped for."""
    if registration.status != Registration.Status.WAITING:
        return {}
    workshop = registration.workshop
    return {
        "gives_until": _moment(workshop.gives_until, registration) if workshop.gives_at_once(at) else "",
        "starts_words": _moment(workshop.starts_at, registration),
        "likely": announcing.likely_to_come_free(workshop, at),
    }


def _confirm_by(registration: Registration) -> str:
    if registration.address.confirmed_at or not registration.has_seat():
        return ""
    return _moment(registration.confirm_by, registration)


def _feed_url(registration: Registration) -> str:
    """Where the private calendar is; "" before the mailbox has answered, for its address outlives every key."""
    if registration.address.confirmed_at is None:
        return ""
    token = registering.feed_token(registration)
    return settings.SITE_URL + reverse("workshops:private_calendar", args=[token])


def _may_answer(registration: Registration, at) -> bool:
    """Whether there are three questions for this person: they came, it is over, and they have not said yet."""
    came = registration.is_certified and registration.workshop.is_over(at)
    return came and not registering.has_answered(registration)


def _moment(instant, registration: Registration) -> str:
    if instant is None:
        return ""
    zone = registration.address.zone or registration.workshop.zone
    return f"{times.moment(instant, zone)} {times.zone_words(instant, zone)}"


# -- What can be done ----------------------------------------------------------------------------------------------


def _act(request: HttpRequest, registration: Registration) -> HttpResponse:
    act = request.POST.get("act", "").replace("\0", "")
    deeds = {
        "correct": _correct,
        "take": _answer_offer,
        "decline": _answer_offer,
        "coming": _coming,
        "revoke-feed": _revoke_feed,
        "leave": _leave,
        "stop-news": _stop_news,
        "answer": _take_answer,
    }
    if act.startswith("swap:"):
        return _swap(request, registration, act[5:])
    if act.startswith("open:"):
        return _open_claim(request, registration, act[5:])
    if act not in deeds:
        return redirect("workshops:seat", pk=registration.pk)
    return deeds[act](request, registration)


def _stands(request: HttpRequest, registration: Registration) -> bool:
    """Whether there is still something to change: a claim, and a session that is not over. Else says so."""
    if registration.is_active and not registration.workshop.is_over(request.arrived_at):
        return True
    messages.warning(request, _("It is too late for this; everything stays as it is."))
    return False


def _correct(request: HttpRequest, registration: Registration) -> HttpResponse:
    if not _stands(request, registration):
        return redirect("workshops:seat", pk=registration.pk)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return show(request, registration, details=form, status=422)
    registering.correct(
        registration,
        form.details(),
        recording=form.cleaned_data["recording"],
        news=form.cleaned_data["news"],
        language=get_language() or "en",
        at=request.arrived_at,
    )
    messages.success(request, _("Your details are changed."))
    return redirect("workshops:seat", pk=registration.pk)


def _swap(request: HttpRequest, registration: Registration, slug: str) -> HttpResponse:
    to = Workshop.objects.announced().filter(series_id=registration.series_id, slug=slug).first()
    if to is None:
        raise Http404
    try:
        new = registering.change(registration, to, at=request.arrived_at)
    except NotPossible as refusal:
        messages.warning(request, str(refusal))
        return redirect("workshops:seat", pk=registration.pk)
    if not new.is_new and new.pk != registration.pk and new not in claims_open_here(request, registration):
        messages.info(request, _("You wait for that session already. The way to it is in our letter."))
        return redirect("workshops:seat", pk=registration.pk)
    if new.is_new and new.has_seat():
        messages.success(request, _("You have changed sessions. We have written to you."))
    elif new.is_new:
        messages.info(request, _("This session is full, so you wait for it. What you have, you keep."))
    response = redirect("workshops:seat", pk=new.pk)
    give_key(request, response, new)
    return response


def _open_claim(request: HttpRequest, registration: Registration, slug: str) -> HttpResponse:
    """On to what the same person has or waits for in another session."""
    theirs = claims_open_here(request, registration)
    claim = next((each for each in theirs if each.workshop.slug == slug), None)
    response = redirect("workshops:seat", pk=(claim or registration).pk)
    if claim:
        give_key(request, response, claim)
    return response


def _answer_offer(request: HttpRequest, registration: Registration) -> HttpResponse:
    take = request.POST["act"] == "take"
    try:
        seating.answer_offer(registration, take=take, at=request.arrived_at)
    except NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The seat is yours.") if take else _("Thank you for telling us."))
    return redirect("workshops:seat", pk=registration.pk)


def _coming(request: HttpRequest, registration: Registration) -> HttpResponse:
    if _stands(request, registration) and registration.has_seat():
        seating.reconfirm(registration, at=request.arrived_at)
        messages.success(request, _("Thank you. We look forward to meeting you."))
    return redirect("workshops:seat", pk=registration.pk)


def _revoke_feed(request: HttpRequest, registration: Registration) -> HttpResponse:
    if registration.address.confirmed_at is None:
        return redirect("workshops:seat", pk=registration.pk)
    registering.revoke_feed(registration)
    messages.success(request, _("The old address of your calendar no longer works. The new one is below."))
    return redirect("workshops:seat", pk=registration.pk)


def _leave(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Close every registration on a device that others use; letters open them again."""
    response = redirect("workshops:series")
    for name in [name for name in keys.held(request) if name.startswith("seat:")]:
        keys.take_away(request, response, name)
    messages.success(
        request, _("This device has forgotten your registration. The link in our letters opens it again.")
    )
    return response


def _stop_news(request: HttpRequest, registration: Registration) -> HttpResponse:
    registering.stop_news(registration, at=request.arrived_at)
    messages.success(request, _("You get no more news of this programme."))
    return redirect("workshops:seat", pk=registration.pk)


def _take_answer(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Feedback goes to the workshop alone, so that it cannot be told whose it is."""
    if not _may_answer(registration, request.arrived_at):
        return redirect("workshops:seat", pk=registration.pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return show(request, registration, answer=form, status=422)
    registering.take_answer(
        registration,
        useful=form.cleaned_data["useful"],
        learned=form.cleaned_data["learned"],
        better=form.cleaned_data["better"],
        at=request.arrived_at,
    )
    messages.success(request, _("Thank you. This helps those who come after you."))
    return redirect("workshops:seat", pk=registration.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_registrant
def give_back(request: HttpRequest, registration: Registration) -> HttpResponse:
    """One question, then the seat goes to the next in line."""
    if request.method == "POST":
        try:
            seating.give_back(registration, at=request.arrived_at)
        except NotPossible as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Done. Thank you for telling us."))
        return redirect("workshops:seat", pk=registration.pk)
    context = {
        "registration": registration,
        "workshop": registration.workshop,
        "span": announcing.span_of(registration.workshop, registration.workshop.zone),
        "stands": registration.is_active and not registration.workshop.is_over(request.arrived_at),
    }
    return render(request, "workshops/give_back.html", context)


#: By which browsers of all ages say that nobody has clicked yet.
_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def _looks_ahead(request: HttpRequest) -> bool:
    """Whether a browser only looks ahead (HEAD, prefetch, preview): that is not somebody who came."""
    said = " ".join(request.headers.get(name, "") for name in _AHEAD)
    return request.method == "HEAD" or "prefetch" in said or "preview" in said


@require_safe
@for_registrant
def join(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Into the meeting from the minute at which it opens; before that, the page with the countdown."""
    if _looks_ahead(request) or not attending.may_enter(registration, request.arrived_at):
        return redirect("workshops:seat", pk=registration.pk)
    return HttpResponseRedirect(attending.enter(registration, at=request.arrived_at))


@require_safe
@for_registrant
def calendar(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The entry as it goes with letters, to be opened by hand. None for whoever has no seat."""
    if not registration.has_seat():
        raise Http404
    text = ics.feed(
        [registration.workshop],
        name=registration.workshop.title_text,
        at=request.arrived_at,
        sequences={registration.workshop_id: registration.workshop.sequence + registration.sequence},
    )
    return calendar_response(text, f"{registration.workshop.slug}.ics")


@require_safe
@for_registrant
def certificate(request: HttpRequest, registration: Registration) -> HttpResponse:
    if not registration.is_certified or not registration.workshop.is_over(request.arrived_at):
        raise Http404
    response = HttpResponse(pdf_of(certificates.paper_of(registration)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="certificate-{registration.workshop.slug}.pdf"'
    return response


@require_POST
def open_mine(request: HttpRequest, pk: int) -> HttpResponse:
    """From «my page», reached by a link in a letter, into one of the registrations listed there."""
    key = keys.held(request).get("my")
    if not key or not keys.fresh_until(key, request.arrived_at):
        return redirect("my_ask")
    registration = Registration.objects.filter(pk=pk, address_id=key[0], address__generation=key[1]).first()
    if registration is None:
        return redirect("my_ask")
    response = redirect("workshops:seat", pk=registration.pk)
    give_key(request, response, registration)
    return response
