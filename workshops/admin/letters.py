"""A letter to everybody in a workshop, or to some: written, looked at, tried on oneself, sent."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.abbreviations import misnomers_in
from workshops import writing
from workshops.admin.forms import LetterForm
from workshops.admin.pages import as_read
from workshops.models import Registration, Workshop

MAY_WRITE = "workshops.write_to_registrants"


@dataclass(frozen=True)
class Listed:
    """People found by narrowing the list of registrations, how they were found in words, and as it was asked."""

    people: QuerySet
    words: str
    asked: dict[str, str]


class LetterPages:
    def get_urls(self) -> list:
        return [self.address("write/", self.write_view, "write"), *super().get_urls()]

    def write_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To everybody, to some, or (with the questions of that list in the address) to those that a list shows."""
        workshop = self.workshop_for(request, pk, MAY_WRITE)
        listed = self._listed(request, workshop)
        form = LetterForm(workshop, request.POST if request.method == "POST" else None, listed=listed)
        if form.is_bound and form.is_valid() and "change" not in request.POST:
            if "send" in request.POST:
                return self._send(request, workshop, form.cleaned_data, listed)
            if "try" in request.POST:
                self._try(request, workshop, form.cleaned_data)
            return self._letter_preview(request, workshop, form, listed)
        return self.page(request, workshop, "write", _("Write a letter"), {"form": form})

    def _listed(self, request: HttpRequest, workshop: Workshop) -> Listed | None:
        """Whom the list of registrations shows for these questions; those who have left only when asked for."""
        if not request.GET or not request.user.has_perm("workshops.view_registration"):
            return None
        registrations = self.admin_site._registry[Registration]
        shown = registrations.get_changelist_instance(request)
        chosen = [
            spec
            for spec in shown.filter_specs
            if spec.value() and spec.parameter_name not in ("workshop", "order")
        ]
        words = [str(dict(spec.lookup_choices)[spec.value()]) for spec in chosen]
        people = shown.queryset
        if not any(spec.parameter_name == "status" for spec in chosen):
            people = people.active()
            words.insert(0, str(_("with a seat, an offer or a number in line")))
        if shown.query:
            words.append(f"“{shown.query}”")
        asked = {spec.parameter_name: spec.value() for spec in chosen}
        return Listed(people.filter(workshop=workshop), ", ".join(words), asked)

    def _letter_preview(
        self, request: HttpRequest, workshop: Workshop, form: LetterForm, listed: Listed | None
    ) -> HttpResponse:
        said = form.cleaned_data
        readers = writing.readers(workshop, said["to"], listed and listed.people)
        letter = writing.preview(
            workshop, said["subject"], said["words"], by=request.user, at=request.arrived_at
        )
        for wrong in misnomers_in(f"{said['subject']}\n{said['words']}", at=workshop.starts_at):
            messages.warning(request, str(wrong))
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

    def _send(
        self, request: HttpRequest, workshop: Workshop, said: dict, listed: Listed | None
    ) -> HttpResponse:
        new = writing.send(
            workshop,
            said["to"],
            said["subject"],
            said["words"],
            token=said["token"],
            by=request.user,
            at=request.arrived_at,
            listed=listed and listed.people,
            asked=listed.asked if listed and said["to"] == writing.LISTED else None,
        )
        if new:
            words = ngettext(
                "The letter is on its way to %(n)d person.", "The letter is on its way to %(n)d people.", new
            )
            messages.success(request, words % {"n": new})
        else:
            messages.info(request, _("This letter has been sent already; nobody gets it twice."))
        return self.back(workshop)
