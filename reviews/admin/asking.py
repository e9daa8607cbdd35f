"""Questions to the author of one case: what was asked and answered, asking, closing, another day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.admin.forms import LastMinuteField, first_too_late, last_minute_in
from cases.drafting import NotAllowed
from cases.models import Call, Case
from people import times
from people.typing_in import key_in
from reviews import asking
from reviews.admin.pages import DossierPages
from reviews.models import Dossier, Question

MAY_ASK = "reviews.ask_author"
#: What the form proposes.
USUAL = timedelta(days=14)


class DayForm(forms.Form):
    """By when an answer is wished for; left empty: by no day."""

    due_at = LastMinuteField(
        label=gettext_lazy("answer wished by"),
        required=False,
        help_text=gettext_lazy(
            "The last day, through its end. The author is reminded once, three days before. Left empty: no day."
        ),
    )

    def __init__(self, call: Call, at: datetime, *args, **kwargs):
        self.call, self.at = call, at
        super().__init__(*args, **kwargs)

    def clean_due_at(self) -> datetime | None:
        day = self.cleaned_data["due_at"]
        due_at = first_too_late(day, self.call.zone) if day else None
        if due_at and due_at <= self.at:
            raise forms.ValidationError(_("Choose a day that is still to come."))
        return due_at


class AskForm(DayForm):
    question = forms.CharField(
        label=gettext_lazy("question"),
        max_length=asking.LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "dir": "auto"}),
        help_text=gettext_lazy(
            "The author reads it as you write it, in the letter and on the page of the case, without your name."
        ),
        error_messages={"required": gettext_lazy("Write the question.")},
    )
    may_change = forms.BooleanField(
        label=gettext_lazy("the author may change the case and hand it in again"),
        required=False,
        help_text=gettext_lazy("The case becomes “changes requested” until it comes back."),
    )

    field_order = ["question", "due_at", "may_change"]


class AskingPages(DossierPages):
    PAGES = (("ask/", "ask", "ask_view"),)
    DEEDS = (("ask", gettext_lazy("Ask the author"), MAY_ASK),)

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """``act`` says which button was pressed: «ask», «close:<key>» or «move:<key>»."""
        dossier = self.dossier_for(request, pk, MAY_ASK)
        if elsewhere := self.too_close(request, dossier):
            return elsewhere
        call, at = dossier.case.call, request.arrived_at
        form = AskForm(
            call, at, initial={"due_at": last_minute_in(at + USUAL, call.zone).replace(hour=23, minute=59)}
        )
        moving: dict[int, DayForm] = {}
        act, _colon, key = request.POST.get("act", "").partition(":")
        try:
            if act == "ask":
                form = AskForm(call, at, request.POST)
                if form.is_valid():
                    self._ask(request, dossier, form)
                    return self.back_to(dossier, "ask")
            elif act in ("close", "move"):
                question = self._question(dossier, key)
                if act == "close":
                    asking.close(question, by=request.user, at=at)
                    messages.success(request, _("The question is closed."))
                    return self.back_to(dossier, "ask")
                day = moving[question.pk] = self._day_form(dossier, question, at, request.POST)
                if day.is_valid():
                    asking.move(question, due_at=day.cleaned_data["due_at"], by=request.user, at=at)
                    messages.success(request, _("The day has moved. The author is told."))
                    return self.back_to(dossier, "ask")
        except NotAllowed as error:
            if act == "ask":
                form.add_error(None, str(error))
            else:
                messages.error(request, str(error))
        questions = dossier.questions.select_related("asked_by", "answered_by").order_by("-pk")
        return self.dossier_page(
            request,
            dossier,
            "ask",
            title=_("Ask the author"),
            form=form,
            questions=[
                self._told(dossier, each, moving.get(each.pk) or self._day_form(dossier, each, at))
                for each in questions
            ],
            may_ask=dossier.case.status not in asking.OVER,
            may_open=dossier.case.status in (Case.Status.HANDED_IN, Case.Status.CHANGES_REQUESTED),
        )

    def _ask(self, request: HttpRequest, dossier: Dossier, form: AskForm) -> None:
        said = form.cleaned_data
        asking.ask(
            dossier,
            words=said["question"],
            due_at=said["due_at"],
            may_change=said["may_change"],
            by=request.user,
            at=request.arrived_at,
        )
        messages.success(request, _("The question is on its way to the author."))

    def _question(self, dossier: Dossier, key: str) -> Question:
        found = dossier.questions.filter(pk=key_in(key)).first()
        if found is None:
            raise Http404
        found.dossier = dossier
        return found

    def _day_form(self, dossier: Dossier, question: Question, at: datetime, data: Any = None) -> DayForm:
        call = dossier.case.call
        day = last_minute_in(question.due_at, call.zone) if question.due_at else None
        return DayForm(call, at, data, initial={"due_at": day}, prefix=f"q{question.pk}")

    def _told(self, dossier: Dossier, question: Question, day: DayForm) -> dict[str, Any]:
        """One question in words, with the form for another day."""
        zone = dossier.case.call.zone
        return {
            "pk": question.pk,
            "words": question.words,
            "asked": _("Asked on %(day)s by %(name)s.")
            % {"day": times.day(question.asked_at, zone), "name": question.asked_by},
            "due": times.day(times.last_minute(question.due_at), zone) if question.due_at else "",
            "may_change": question.may_change,
            "answered": times.moment(question.answered_at, zone) if question.answered_at else "",
            "answered_by": question.answered_by.name if question.answered_by else "",
            "answer": question.answer,
            "is_open": question.is_open,
            "is_closed": question.closed_at is not None,
            "is_news": question.pk in dossier.news.get("answered", []),
            "day": day,
        }
