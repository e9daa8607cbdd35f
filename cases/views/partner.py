"""What partners see, by the link in their letter and without an account: the case, and four things to say to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import partners, showing
from cases.drafting import NotAllowed
from cases.models import Partner, PublicCase
from cases.views.public_files import picture_response
from people import keys

THANKS = {
    partners.CONFIRM: lambda: _("Thank you. You have confirmed the case."),
    partners.SUGGEST: lambda: _(
        "Thank you. We look at your correction; the author is told, without your address."
    ),
    partners.OBJECT: lambda: _("Thank you. It is not published before we have talked with you about it."),
    partners.WITHDRAW: lambda: _("You have taken your confirmation back. Readers no longer see it."),
}


def for_partner(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever holds the key of a partner, as ``view(request, partner, …)``; everybody else gets the same page,
    whether or not there is such a partner."""

    @wraps(view)
    def door(request: HttpRequest, pk: int, *args, **kwargs) -> HttpResponse:
        key = keys.held(request).get(f"partner:{pk}")
        partner = None
        if isinstance(key, list) and len(key) == 2 and key[0] == pk:
            found = Partner.objects.select_related(
                "public_case__case__call", "public_case__edition", "address"
            )
            partner = found.filter(pk=pk, generation=key[1], address__isnull=False).first()
        if partner is None:
            return render(request, "cases/no_partner_key.html", status=403)
        return view(request, partner, *args, **kwargs)

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@for_partner
def confirm(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Read the case; confirm it, propose a correction, object, or take one's confirmation back."""
    trouble, said, words = "", "", ""
    if request.method == "POST":
        said = request.POST.get("act", "")
        words = request.POST.get(f"words-{said}", "").replace("\0", "\ufffd")
        try:
            partners.answer(
                partner, said=said, words=words, generation=partner.generation, at=request.arrived_at
            )
        except NotAllowed as error:
            trouble = str(error)
        else:
            messages.success(request, THANKS[said]())
            return redirect("cases:confirm_case", pk=partner.pk)
    public, content = partner.public_case, content_for(partner)
    pictures_at = reverse("cases:picture_for_partner", args=[partner.pk, "CODE", 0])
    context = {
        "partner": partner,
        "public": public,
        "call": public.case.call,
        "shown": showing.before_readers(
            public, content, pictures_at=pictures_at.replace("-0.webp", "-WIDTH.webp")
        )
        if content
        else None,
        "takes_answers": public.case.status in partners.ASKED_IN,
        "standing": partner.get_state_display(),
        "has_answered": partner.answered_at is not None,
        "may_withdraw": partner.state == Partner.State.CONFIRMED,
        "trouble": trouble,
        "act": said,
        "typed": words,
    }
    return render(request, "cases/confirm_case.html", context, status=422 if trouble else 200)


def content_for(partner: Partner) -> dict[str, Any] | None:
    """What a partner reads: what is public, else what is to be. None once it was taken down, or is not to be published:
    it is theirs no more than anybody's."""
    public = partner.public_case
    case = public.case
    if case is None or case.status not in partners.ASKED_IN or public.state == PublicCase.State.UNPUBLISHED:
        return None
    return public.edition.said if public.edition is not None else public.draft


@require_safe
@for_partner
def picture(request: HttpRequest, partner: Partner, picture_code: str, width: int) -> HttpResponse:
    """A picture of the text that the partner reads."""
    content = content_for(partner)
    named = [each["code"] for each in content["pictures"]] if content else []
    found = partner.public_case.pictures.filter(code=picture_code).first() if picture_code in named else None
    if found is None:
        raise Http404
    return picture_response(request, found, width, is_public=False)
