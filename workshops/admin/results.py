"""What came of a session: recorded and worded by staff, for everybody to read and to cite."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.texts import TranslatedFormField
from workshops import results
from workshops.models import Result, Workshop

#: Characters of one text.
MOST = 5_000
MAY_RECORD = "workshops.change_workshop"


class ResultForm(forms.Form):
    """One result, or a new one; left empty, a new one is none."""

    title = TranslatedFormField(label=gettext_lazy("title"), rows=1, required=False)
    words = TranslatedFormField(label=gettext_lazy("what came of it"), rows=5, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=30_000)
    remove = forms.BooleanField(label=gettext_lazy("take it out"), required=False)

    def __init__(self, data: Any = None, *, result: Result | None = None):
        self.result = result
        first = {"title": result.title, "words": result.words, "seen": result.edition} if result else {}
        super().__init__(
            data,
            prefix=f"r{result.pk}" if result else "new",
            initial=first,
            use_required_attribute=False,
        )
        if result is None:
            del self.fields["remove"]

    @property
    def counts(self) -> bool:
        said = self.cleaned_data
        return self.result is not None or any(any(said.get(name, {}).values()) for name in ("title", "words"))

    def clean(self) -> dict:
        said = super().clean() or {}
        if said.get("remove") or not self.counts:
            self.errors.clear()
            return said
        for name in ("title", "words"):
            if name in said and not any(said[name].values()):
                self.add_error(name, _("This is needed: readers see it."))
            elif any(len(words) > MOST for words in said.get(name, {}).values()):
                self.add_error(name, _("At most %(n)s characters.") % {"n": f"{MOST:,}"})
        return said


class ResultPages:
    def get_urls(self) -> list:
        return [self.address("results/", self.results_view, "results"), *super().get_urls()]

    def results_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self.workshop_for(request, pk)
        may_record = request.user.has_perm(MAY_RECORD)
        there = list(workshop.results.all())
        if request.method == "POST":
            if not may_record:
                raise PermissionDenied
            return self._record(request, workshop, there)
        return self._results(request, workshop, _forms(there) if may_record else [], there)

    def _record(self, request: HttpRequest, workshop: Workshop, there: list[Result]) -> HttpResponse:
        forms_ = _forms(there, request.POST)
        if sum(not form.is_valid() for form in forms_):
            return self._results(
                request, workshop, forms_, there, problem=_("Please mend what is marked below.")
            )
        how = {"by": request.user, "at": request.arrived_at}
        problem = ""
        for form in forms_:
            said = form.cleaned_data
            if not form.counts:
                continue
            try:
                if form.result is None:
                    results.record(workshop, title=said["title"], words=said["words"], **how)
                elif said["remove"]:
                    results.take_out(form.result, **how)
                else:
                    results.reword(
                        form.result, title=said["title"], words=said["words"], seen=said["seen"] or 0, **how
                    )
            except results.IsCited:
                form.add_error("remove", _("It is cited, so it stays. You can word it anew."))
                problem = _("One result could not be taken out; the others are saved.")
            except results.ChangedMeanwhile:
                form.add_error(
                    None,
                    _("Somebody else has changed this one meanwhile. Open the page in another window first."),
                )
                problem = _("One result was changed by somebody else; the others are saved.")
        if problem:
            return self._results(request, workshop, forms_, there, problem=problem, status=409)
        messages.success(request, _("Saved."))
        return self.back(workshop, "results")

    def _results(
        self,
        request: HttpRequest,
        workshop: Workshop,
        forms_: list[ResultForm],
        there: list[Result],
        *,
        problem: str = "",
        status: int = 0,
    ) -> HttpResponse:
        context = {"forms": forms_, "results": there, "problem": problem}
        response = self.page(request, workshop, "results", _("What came of it"), context)
        response.status_code = status or (422 if problem else 200)
        return response


def _forms(there: list[Result], data: Any = None) -> list[ResultForm]:
    found = [ResultForm(data, result=result) for result in there]
    return [*found, ResultForm(data)] if len(there) < results.MOST else found
