"""Writing together: invite, remove, hand over, correct an address; and the way in from «my page»."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import drafting
from cases.doors import give_key
from cases.drafting import NotAllowed, TooMany
from cases.forms import AddressForm, InviteForm
from cases.models import Colleague
from cases.views.entry import for_colleague
from cases.views.writing import frame_of
from people import keys


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def colleagues(request: HttpRequest, part: Colleague) -> HttpResponse:
    """The people of a case. ``act`` says which button was pressed."""
    invite = InviteForm(prefix="invite") if part.is_author else None
    correct = AddressForm(prefix="mine", initial={"email": part.address.email})
    status = 200
    if request.method == "POST":
        then, at, status = request.POST.get("then", ""), request.arrived_at, 422
        chosen = request.POST.get("colleague", "")
        chosen = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
        try:
            if then == "invite" and part.is_author:
                invite = InviteForm(request.POST, prefix="invite")
                if invite.is_valid():
                    asked = drafting.invite(part, at=at, **invite.cleaned_data)
                    return _done(request, part, _("We have written to %(name)s.") % {"name": asked.name})
            elif then == "correct":
                correct = AddressForm(request.POST, prefix="mine")
                if correct.is_valid():
                    part = drafting.correct_address(part, correct.cleaned_data["email"], at=at)
                    return _done(
                        request, part, _("Your address is corrected, and a fresh link is on its way."), part
                    )
            elif then == "remove":
                drafting.remove_colleague(part, chosen, at=at)
                return _done(request, part, _("Your colleague is removed; their link no longer works."))
            elif then == "hand-over":
                heir = drafting.hand_over(part, chosen, at=at)
                words = _("%(name)s is the author now. You can still edit.") % {"name": heir.name}
                return _done(request, part, words)
        except (NotAllowed, TooMany) as error:
            form = correct if then == "correct" else invite
            if form is not None and form.is_bound:
                form.add_error(None, str(error))
            else:
                messages.error(request, str(error))
    context = frame_of(request, part) | {
        "colleagues": list(part.case.colleagues.present().select_related("address")),
        "invite": invite,
        "correct": correct,
        "may_hand_over": part.is_author,
    }
    return render(request, "cases/colleagues.html", context, status=status)


def _done(
    request: HttpRequest, part: Colleague, words: str, renewed: Colleague | None = None
) -> HttpResponse:
    messages.success(request, words)
    response = redirect("cases:colleagues", code=part.case.code)
    if renewed:
        give_key(request, response, renewed)
    return response


@require_POST
def open_mine(request: HttpRequest, pk: int) -> HttpResponse:
    """From «my page», reached by a link in a letter, into one of the cases listed there."""
    key = keys.held(request).get("my")
    if not key or not keys.fresh_until(key, request.arrived_at):
        return redirect("my_ask")
    part = (
        Colleague.objects.present()
        .select_related("case", "address")
        .filter(pk=pk, address_id=key[0], address__generation=key[1])
        .first()
    )
    if part is None:
        return redirect("my_ask")
    response = redirect("cases:overview", code=part.case.code)
    give_key(request, response, part)
    return response
