"""A letter to everybody in a workshop, or to some: written, looked at, tried on oneself, sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workshops import writing
from workshops.admin.forms import LetterForm
from workshops.admin.pages import as_read
from workshops.models import Workshop

MAY_WRITE = "workshops.write_to_registrants"


class LetterPages:
    def get_urls(self) -> list:
        return [self.address("write/", self.write_view, "write"), *super().get_urls()]

    def write_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self.workshop_for(request, pk, MAY_WRITE)
        form = LetterForm(workshop, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid() and "change" not in request.POST:
            if "send" in request.POST:
                return self._send(request, workshop, form.cleaned_data)
            if "try" in request.POST:
                self._try(request, workshop, form.cleaned_data)
            return self._letter_preview(request, workshop, form)
        return self.page(request, workshop, "write", _("Write a letter"), {"form": form})

    def _letter_preview(self, request: HttpRequest, workshop: Workshop, form: LetterForm) -> HttpResponse:
        said = form.cleaned_data
        readers = writing.readers(workshop, said["to"])
        letter = writing.preview(
            workshop, said["subject"], said["words"], by=request.user, at=request.arrived_at
        )
        context = {
            "letter": as_read(letter),
            "readers": readers.count(),
            "first": list(readers.values_list("name", flat=True)[:5]),
            "audience": dict(form.fields["to"].choices)[said["to"]],
            "sent": [(name, said[name]) for name in form.fields],
            "me": request.user.email,
        }
        return self.page(request, workshop, "write_preview", _("Write a letter"), context)

    def _try(self, request: HttpRequest, workshop: Workshop, said: dict) -> None:
        writing.send_to_oneself(
            workshop, said["subject"], said["words"], by=request.user, at=request.arrived_at
        )
        words = _("The letter is on its way to you, %(email)s. Nobody else gets it yet.")
        messages.success(request, words % {"email": request.user.email})

    def _send(self, request: HttpRequest, workshop: Workshop, said: dict) -> HttpResponse:
        new = writing.send(
            workshop,
            said["to"],
            said["subject"],
            said["words"],
            token=said["token"],
            by=request.user,
            at=request.arrived_at,
        )
        if new:
            words = ngettext(
                "The letter is on its way to %(n)d person.", "The letter is on its way to %(n)d people.", new
            )
            messages.success(request, words % {"n": new})
        else:
            messages.info(request, _("This letter has been sent already; nobody gets it twice."))
        return self.back(workshop)
