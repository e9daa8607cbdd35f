"""A reader's own choices: topics, language, leaving. The key comes by a link in a letter, or from «my page»."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from newsletter import subscribing, wordings
from newsletter.doors import KEY, give_key
from newsletter.forms import PreferencesForm
from newsletter.models import Record, Subscription
from people import keys


def subscription_of(request: HttpRequest) -> Subscription | None:
    """The subscription whose key this browser holds, while the key is fresh. One statement, or none."""
    key = keys.held(request).get(KEY)
    if not key or len(key) != 3 or not keys.fresh_until(key, request.arrived_at):
        return None
    theirs = Subscription.objects.confirmed().select_related("address")
    return theirs.filter(pk=key[0], generation=key[1]).first()


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    subscription = subscription_of(request)
    if subscription is None:
        return render(request, "newsletter/no_key.html", status=403)
    form = PreferencesForm(initial={"topics": subscription.topics, "language": subscription.language})
    status = 200
    if request.method == "POST":
        if request.POST.get("act") == "leave":
            return _leave(request, subscription)
        form, status = PreferencesForm(request.POST), 422
        if form.is_valid():
            if not form.cleaned_data["topics"]:
                return _leave(request, subscription)
            subscribing.change(
                subscription,
                topics=form.cleaned_data["topics"],
                language=form.cleaned_data.get("language", subscription.language),
                at=request.arrived_at,
            )
            messages.success(request, _("Your choices are kept."))
            return redirect("newsletter:preferences")
    context = {
        "form": form,
        "masked": subscription.address.masked,
        "wording": wordings.WORDINGS[wordings.PAGE],
    }
    return render(request, "newsletter/preferences.html", context, status=status)


def _leave(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    subscribing.leave(subscription, where=Record.Where.PREFERENCES, at=request.arrived_at)
    response = render(request, "newsletter/left.html", {"masked": subscription.address.masked})
    keys.take_away(request, response, KEY)
    return response


@require_POST
def open_mine(request: HttpRequest) -> HttpResponse:
    """From «my page», reached by a link in a letter, to one's choices."""
    key = keys.held(request).get("my")
    if not key or len(key) != 3 or not keys.fresh_until(key, request.arrived_at):
        return redirect("my_ask")
    mine = Subscription.objects.confirmed()
    subscription = mine.filter(address=key[0], address__generation=key[1]).first()
    if subscription is None:
        return redirect("my")
    response = redirect("newsletter:preferences")
    give_key(request, response, subscription, at=request.arrived_at)
    return response
