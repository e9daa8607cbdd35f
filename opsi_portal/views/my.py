"""«My page»: everything under one address, reached by a link in a letter; and asking for that link."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.forms import AddressForm
from opsi_portal.letters import LINKS_A_DAY, MY_PAGE, my_page_link
from outbox.delivery import written
from outbox.models import OutboxMessage
from people import keys, limits
from people.models import Address, normal

#: How many letters «my page» lists, newest first.
LETTERS_SHOWN = 50
AGAIN_A_DAY = 5
#: No row has this key.
NOBODY = 0


def address_of(request: HttpRequest) -> Address | None:
    key = keys.held(request).get("my")
    if not key or len(key) != 3 or not keys.fresh_until(key, request.arrived_at):
        return None
    return Address.objects.filter(pk=key[0], generation=key[1]).first()


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for one's links. The answer is the same whether we know the address or not."""
    form, status = AddressForm(), 200
    if request.method == "POST":
        form, status = AddressForm(request.POST), 422
        if form.is_valid():
            network = limits.network_of(request)
            allowed = limits.take(
                "links",
                network,
                at=request.arrived_at,
                limit=settings.LINKS_PER_NETWORK_AND_HOUR,
                window=limits.HOUR,
            )
            if not allowed:
                words = _("Many links were asked for from your network. Please try again in a little while.")
                form.add_error(None, words)
                return render(request, "my/ask.html", {"form": form}, status=429)
            _post_link(form.cleaned_data["email"], request)
            return render(request, "my/asked.html", {"email": form.cleaned_data["email"]})
    return render(request, "my/ask.html", {"form": form}, status=status)


@transaction.atomic
def _post_link(email: str, request: HttpRequest) -> None:
    """Post the link if somebody is there to get it; the limit of the day is asked either way.

    For an address that nobody has, the same letter is written and taken back: a stranger with a stopwatch learns
    nothing either.
    """
    at = request.arrived_at
    known = Address.objects.filter(email=normal(email)).first()
    if not limits.take("my-link", normal(email), at=at, limit=LINKS_A_DAY, window=limits.DAY):
        return
    address = known or Address(pk=NOBODY, confirmed_at=at)
    address.language = get_language() or address.language  # of this one letter; it is not saved
    with transaction.atomic():
        my_page_link(address, at=at)
        if known is None:
            transaction.set_rollback(True)


@require_http_methods(["GET", "HEAD", "POST"])
def my(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    if address is None:
        return redirect("my_ask")
    if request.method == "POST":
        return _act(request, address)
    letters = list(address.letters.still_true().defer("context", "text").order_by("-pk")[:LETTERS_SHOWN])
    for each in letters:
        # whoever reads this page has the link of a letter of this kind; a fresh one is asked for
        each.comes_again = each.kind != MY_PAGE and not each.is_expired(request.arrived_at)
    context = {
        "address": address,
        "rooms": [import_string(room)(address, at=request.arrived_at) for room in settings.MY_PAGE_ROOMS],
        "letters": letters,
        "reminders_stopped": not address.wants("reminder"),
    }
    return render(request, "my/page.html", context)


def _act(request: HttpRequest, address: Address) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "leave":
        response = redirect("home")
        keys.take_away(request, response)
        messages.success(request, _("This device has forgotten your cases and seats."))
        return response
    if act == "stop-reminders":
        address.stop("reminder")
        messages.success(request, _("We no longer remind you."))
    elif act == "start-reminders":
        address.stopped_kinds = [kind for kind in address.stopped_kinds if kind != "reminder"]
        address.save(update_fields=["stopped_kinds"])
        messages.success(request, _("We remind you again."))
    elif act.startswith("again:") and act[6:].isdecimal() and len(act) < 25:
        _send_again(request, address, int(act[6:]))
    return redirect("my")


def _send_again(request: HttpRequest, address: Address, pk: int) -> None:
    letter = (
        address.letters.still_true()
        .of_use(request.arrived_at)
        .filter(pk=pk)
        .exclude(state=OutboxMessage.State.WAITING)
        .exclude(kind=MY_PAGE)
    )
    if not letter.exists():
        messages.info(request, _("This letter is on its way already, or no longer true."))
    elif limits.take("again", address.pk, at=request.arrived_at, limit=AGAIN_A_DAY, window=limits.DAY):
        letter.send_again(request.arrived_at)
        messages.success(request, _("We send this letter again."))
    else:
        messages.warning(request, _("You asked for several letters today. You can read them all here."))


@require_http_methods(["GET", "HEAD"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """What a letter said, without its links."""
    address = address_of(request)
    if address is None:
        return redirect("my_ask")
    found = address.letters.still_true().filter(pk=pk).first()
    if found is None:
        raise Http404

    said = None if found.text else written(found, blank_links=True)
    context = {
        "letter": found,
        "subject": said.subject if said else found.subject_line,
        "text": said.text if said else found.text,
    }
    return render(request, "my/letter.html", context)
