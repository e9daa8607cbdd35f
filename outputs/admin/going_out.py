"""An output goes out: first what would happen and who would be told, then the button; or it is withdrawn."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from outbox.delivery import written
from outbox.posting import unsent
from outputs import citing, letters, publishing
from outputs.admin.pages import MAY_PUBLISH
from outputs.forms import PARIS, PublishForm, WithdrawForm
from outputs.models import Output
from outputs.publishing import Foreseen
from people import times

#: So many people are named on the page that says who is told; of the others their number.
NAMED = 50


class GoingOutPages:
    def get_urls(self) -> list:
        return [
            self.address("publish/", self.publish_view, "publish"),
            self.address("unschedule/", require_POST(self.unschedule_view), "unschedule"),
            self.address("withdraw/", self.withdraw_view, "withdraw"),
            *super().get_urls(),
        ]

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Look at what would go out; then let it, now or at a time."""
        output = self.output_for(request, pk, MAY_PUBLISH)
        at = request.arrived_at
        form = PublishForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
        status, problem = 200, ""
        if form.is_bound:
            status = 422
            later = request.POST.get("then") == "schedule"
            if form.is_valid() and later:
                form.needs_a_time()
            if form.is_valid():
                try:
                    return self._go(request, output, form.cleaned_data, later=later)
                except publishing.Changed:
                    status = 409
                    problem = _(
                        "Something has changed since you looked: the draft, what it cites, or who is told. Nothing "
                        "went out. Please look again."
                    )
                except publishing.NotReady:
                    problem = _("Something is missing, so nothing went out.")
                except publishing.NotPossible as refusal:
                    form.add_error("publish_at", str(refusal))
        foreseen = publishing.foresee(output, at=at)
        if form.is_bound:
            form.data = {**form.data.dict(), "seen": foreseen.mark}
        else:
            form.initial["seen"] = foreseen.mark
        context = {
            "form": form,
            "problem": problem,
            "foreseen": foreseen,
            "cites": list(citing.foreseen(foreseen.targets).values()),
            "people": [
                {"name": parts[0].name, "cases": [foreseen.titles[part.case_id] for part in parts]}
                for parts in foreseen.told[:NAMED]
            ],
            "more": max(0, len(foreseen.told) - NAMED),
            "letter": _as_read(output, foreseen, at),
            "goes_out": times.in_full(output.publish_at, PARIS) if output.publish_at else "",
        }
        response = self.page(request, output, "publish", _("Publish"), context)
        response.status_code = status
        return response

    def _go(self, request: HttpRequest, output: Output, said: dict[str, Any], *, later: bool) -> HttpResponse:
        how = {"seen": said["seen"], "note": said["note"], "by": request.user, "at": request.arrived_at}
        if later:
            publishing.schedule(output, publish_at=said["publish_at"], **how)
            self.log_change(request, output, _("Scheduled."))
            when = times.in_full(said["publish_at"], PARIS)
            messages.success(request, _("It goes out by itself on %(when)s.") % {"when": when})
            return self.back(output)
        told = len(publishing.foresee(output, at=request.arrived_at).told)
        version = publishing.publish(output, **how)
        self.log_change(request, output, _("Published."))
        words = _("Version %(n)s is published.") % {"n": version.number}
        count = ngettext("%(n)d letter is on its way.", "%(n)d letters are on their way.", told) % {"n": told}
        messages.success(request, f"{words} {count}")
        return self.back(output)

    def unschedule_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        output = self.output_for(request, pk, MAY_PUBLISH)
        publishing.unschedule(output, by=request.user, at=request.arrived_at)
        messages.success(request, _("It does not go out by itself any more."))
        return self.back(output)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        output = self.output_for(request, pk, MAY_PUBLISH)
        form = WithdrawForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
        if form.is_bound and form.is_valid():
            try:
                publishing.withdraw(
                    output, reason=form.cleaned_data["reason"], by=request.user, at=request.arrived_at
                )
            except publishing.NotPossible as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, output, _("Withdrawn."))
                messages.success(request, _("It is withdrawn. Its page says so, with the reason."))
                return self.back(output)
        context = {"form": form, "cited_in": citing.citations_of_output(output)}
        response = self.page(request, output, "withdraw", _("Withdraw"), context)
        response.status_code = 422 if form.is_bound else 200
        return response


def _as_read(output: Output, foreseen: Foreseen, at) -> dict[str, str] | None:
    """The letter to the first of those who are told, as they would find it, links blanked."""
    if not foreseen.told:
        return None
    seen = Output(pk=output.pk, kind=output.kind, slug=output.slug, language=foreseen.content["language"])
    seen.title = foreseen.content["title"]
    words = written(unsent(**letters.cited(seen, foreseen.told[0], foreseen.titles, at=at)), blank_links=True)
    return {"subject": words.subject, "text": words.text}
