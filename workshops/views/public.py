"""What anybody may read about the workshops, and the form that takes a seat."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people import keys, limits
from people.fresh import fresh_as_drawn
from people.models import zone_named
from workshops import announcing, ics, registering, results, seating
from workshops.announcing import Session
from workshops.doors import give_key
from workshops.forms import RegistrationForm, blank
from workshops.models import Workshop
from workshops.views.entry import mailboxes_of, registration_of


def reader_zone(request: HttpRequest) -> ZoneInfo | None:
    """The zone chosen on the page; a browser with a script says its own without asking us."""
    return zone_named(request.GET.get("zone", "")[:64])


def newest_sessions(request: HttpRequest) -> list[Session]:
    """The sessions of the current series; the frame sees them too, and asks no more."""
    sessions = announcing.sessions_of(announcing.newest(), request.arrived_at)
    request.sessions_shown = sessions
    return sessions


@require_safe
@fresh_as_drawn
def series(request: HttpRequest) -> HttpResponse:
    """All sessions with their times and seats."""
    sessions = newest_sessions(request)
    if not sessions:
        raise Http404
    zone = reader_zone(request)
    context = {
        "series": sessions[0].workshop.series,
        "rows": announcing.in_zone(sessions, zone),
        "zones": announcing.zone_options(sessions[0].workshop.starts_at, zone),
        "zone": zone,
        "cities": [(each, announcing.in_cities(each.workshop)) for each in sessions],
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "workshops/series.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def workshop(request: HttpRequest, slug: str) -> HttpResponse:
    """One session, and the form: opening this page and sending the form is all it takes."""
    sessions = sessions_beside(request, slug)
    shown = next(each for each in sessions if each.workshop.slug == slug)
    zone = reader_zone(request)
    form, status = RegistrationForm(initial={"zone": zone.key if zone else ""}), 200
    full = _also_full(shown, sessions)
    if request.method == "POST":
        form, status = RegistrationForm(request.POST), 422
        if form.is_valid():
            try:
                answer = _registered(request, shown.workshop, form, _ticked(request, full))
            except registering.TooMany:
                words = _("Many people registered from your network. Please try again in a little while.")
                form.add_error(None, words)
                status = 429
            except seating.NotPossible as refusal:
                more = _("If you are registered, the link in our letters opens what you have.")
                form.add_error(None, f"{refusal} {more}")
                status = 409
            else:
                return answer
    context = {
        "shown": shown,
        "workshop": shown.workshop,
        "series": shown.workshop.series,
        "others": announcing.in_zone(
            [each for each in sessions if each.state == "open" and each.takes_people and each is not shown],
            zone,
        ),
        "yours": announcing.told_in(shown.workshop, zone) if zone else None,
        "zones": announcing.zone_options(shown.workshop.starts_at, zone),
        "zone": zone,
        "cities": announcing.in_cities(shown.workshop),
        "form": form,
        "blank": "" if form.is_bound else blank(get_language() or "en"),
        "next_in_line": shown.waiting + 1,
        "also": [(each, each in _ticked(request, full)) for each in full],
        "add_to": ics.add_to_links(shown.workshop),
        "mine": _mine(request, sessions),
        **results.shown(shown.workshop, at=request.arrived_at),
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "workshops/workshop.html", context, status=status)


def _also_full(shown: Session, sessions: list[Session]) -> list[Session]:
    """Sessions that somebody may wait for as well as for this one: the first seat that comes free is theirs."""
    if shown.state != "full" or not shown.workshop.series.one_seat_each:
        return []
    return [each for each in sessions if each.state == "full" and each.takes_people and each is not shown]


def _ticked(request: HttpRequest, full: list[Session]) -> list[Session]:
    slugs = request.POST.getlist("also")
    return [each for each in full if each.workshop.slug in slugs]


def sessions_beside(request: HttpRequest, slug: str) -> list[Session]:
    """The sessions of the series that this one belongs to. Raises Http404 for one that is not announced."""
    sessions = newest_sessions(request)
    if any(each.workshop.slug == slug for each in sessions):
        return sessions
    found = Workshop.objects.announced().filter(slug=slug, series__listed=True).first()
    if found is None:
        raise Http404
    return announcing.sessions_of(announcing.beside(found), request.arrived_at)


def _mine(request: HttpRequest, sessions: list[Session]) -> dict | None:
    """The registration that this browser has a key to, if it is for one of these sessions, and its day."""
    theirs = {each.workshop.pk for each in sessions}
    for name, value in reversed(keys.held(request).items()):
        if name.startswith("seat:") and isinstance(value, list) and isinstance(value[0], int):
            registration = registration_of(request, value[0])
            if registration and registration.is_active and registration.workshop_id in theirs:
                day = announcing.span_of(registration.workshop, registration.workshop.zone).day
                return {"pk": registration.pk, "day": day}
    return None


def _registered(
    request: HttpRequest, chosen: Workshop, form: RegistrationForm, also: list[Session]
) -> HttpResponse:
    """The answer to a good form. Anybody can type an address: on a device that does not speak for its mailbox only
    what is new opens, and only under an address that never answered and has nothing else in the series. Of all else
    the mailbox alone is told, in the same words whatever stands."""
    speaks_for = mailboxes_of(request)
    done = registering.register(
        chosen,
        email=form.cleaned_data["email"],
        details=form.details(),
        recording=form.cleaned_data["recording"],
        news=form.cleaned_data["news"],
        language=get_language() or "en",
        zone=form.cleaned_data["zone"],
        network=limits.network_of(request),
        speaks_for=speaks_for,
        also=[each.workshop for each in also],
        at=request.arrived_at,
    )
    address = done.registration.address
    first_of_all = done.is_new and not done.registration.stood_before and address.confirmed_at is None
    if address.pk not in speaks_for and not first_of_all:
        return render(request, "workshops/known.html", {"email": form.cleaned_data["email"]})
    if done.registration.workshop_id != chosen.pk:
        messages.info(
            request, _("You have this one already. On this page you can ask for the other session.")
        )
    response = redirect("workshops:seat", pk=done.registration.pk)
    for each in (*done.also, done.registration):
        give_key(request, response, each)
    return response


# -- Calendars -----------------------------------------------------------------------------------------------------


def calendar_response(text: str, name: str, *, cache: int = 0) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    if cache:
        response["Cache-Control"] = f"public, max-age={cache}"
    return response


@require_safe
def series_calendar(request: HttpRequest) -> HttpResponse:
    """The public calendar of the series, to subscribe to."""
    workshops = list(announcing.newest())
    if not workshops:
        raise Http404
    text = ics.feed(workshops, name=workshops[0].series.title_text, at=request.arrived_at)
    return calendar_response(text, "workshops.ics", cache=300)


@require_safe
def workshop_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    found = Workshop.objects.announced().filter(slug=slug, series__listed=True).first()
    if found is None:
        raise Http404
    text = ics.feed([found], name=found.title_text, at=request.arrived_at)
    return calendar_response(text, f"{found.slug}.ics", cache=300)


@require_safe
def private_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """One person's sessions of a series, for their calendar program; the address is all the key it has."""
    owner = registering.feed_owner(token)
    if owner is None:
        raise Http404
    seats = registering.seats_in_calendar(owner)
    links = {
        seat.workshop_id: ics.page_of(seat)
        for seat in seats
        if request.arrived_at >= seat.workshop.starts_at - ics.LINK_FROM
    }
    text = ics.feed(
        [seat.workshop for seat in seats],
        name=owner.series.title_text,
        at=request.arrived_at,
        links=links,
        sequences={seat.workshop_id: seat.workshop.sequence + seat.sequence for seat in seats},
    )
    return calendar_response(text, "my-workshops.ics")
