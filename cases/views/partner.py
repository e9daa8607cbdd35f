"""What partners see, by the link in their letter and without an account: the case, and four things to say to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import partners, preparing, showing
from cases.agreeing import Overtaken
from cases.drafting import NotAllowed
from cases.models import Partner
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
    trouble, status, said, words = "", 200, "", ""
    if request.method == "POST":
        said = request.POST.get("act", "")
        words = request.POST.get(f"words-{said}", "").replace("\0", "\ufffd")
        try:
            partners.answer(
                partner,
                said=said,
                words=words,
                generation=partner.generation,
                at=request.arrived_at,
                seen=request.POST.get("digest", ""),
            )
        except Overtaken:
            trouble = _("There is a newer text since your page was made. Please read it, and answer then.")
            status = 409
        except NotAllowed as error:
            trouble, status = str(error), 422
        else:
            messages.success(request, THANKS[said]())
            return redirect("cases:confirm_case", pk=partner.pk)
    public, content = partner.public_case, partners.shown_to(partner.public_case)
    digest = preparing.digest(content) if content else ""
    has_confirmed = partner.state == Partner.State.CONFIRMED
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
        "may_withdraw": has_confirmed,
        "may_confirm": bool(content) and not (has_confirmed and partner.digest in ("", digest)),
        "digest": digest,
        "trouble": trouble,
        "act": said,
        "typed": words,
    }
    return render(request, "cases/confirm_case.html", context, status=status)


@require_safe
@for_partner
def picture(request: HttpRequest, partner: Partner, picture_code: str, width: int) -> HttpResponse:
    """A picture of the text that the partner reads."""
    content = partners.shown_to(partner.public_case)
    named = [each["code"] for each in content["pictures"]] if content else []
    found = partner.public_case.pictures.filter(code=picture_code).first() if picture_code in named else None
    if found is None:
        raise Http404
    return picture_response(request, found, width, is_public=False)
