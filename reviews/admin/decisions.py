"""Deciding: one case, many at once, and telling authors together. Whatever is about to be written is shown first."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from outbox.delivery import written
from outbox.posting import unsent
from people import times
from people.typing_in import key_in
from reviews import deciding, seeing
from reviews.admin.pages import DossierPages, RoundPages
from reviews.conflicts import conflict_of
from reviews.deciding import LONGEST_REASONS, MOST_AT_ONCE, Entry, Moved, Plan, Verdict
from reviews.models import Decision, Dossier, Review, Round

MAY_DECIDE, MAY_RELEASE, SEES_SCORES = (
    "reviews.decide_dossier",
    "reviews.release_decision",
    "reviews.see_scores",
)
#: So many letters stand open on the page of a release; more are opened one by one.
UNFOLDED = 20


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 80, "dir": "auto"})


class VerdictForm(forms.Form):
    """The decision, its reasons, and why it takes the place of another one."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("decision"),
        choices=Decision.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a decision.")},
    )
    reasons = forms.CharField(
        label=gettext_lazy("reasons for the author"),
        max_length=LONGEST_REASONS,
        widget=_text(8),
        help_text=gettext_lazy(
            "They stand in the letter and on the author’s page as you write them. For “changes requested”, say what "
            "to change. Name no reviewer."
        ),
        error_messages={"required": gettext_lazy("Give the author the reasons.")},
    )
    why_changed = forms.CharField(
        label=gettext_lazy("why it is changed"),
        required=False,
        max_length=2000,
        widget=_text(3),
        help_text=gettext_lazy(
            "Needed where a case is decided already. Stays in the history of the case; the author does not see it."
        ),
    )

    @property
    def verdict(self) -> Verdict:
        said = self.cleaned_data
        return Verdict(said["outcome"], said["reasons"].replace("\r\n", "\n"), said["why_changed"])


class ManyForm(VerdictForm):
    cases = forms.CharField(
        label=gettext_lazy("cases"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "dir": "ltr", "spellcheck": "false"}),
        help_text=gettext_lazy("References such as XB-2027-0147, one a line or separated by commas."),
        error_messages={"required": gettext_lazy("Name the cases, or tick them in the list.")},
    )

    field_order = ["cases", "outcome", "reasons", "why_changed"]

    def clean_cases(self) -> list[str]:
        named = list(dict.fromkeys(re.findall(r"[^\s,;]+", self.cleaned_data["cases"].upper())))
        if len(named) > MOST_AT_ONCE:
            raise forms.ValidationError(
                _("These are %(n)s cases; decide at most %(most)s at once.")
                % {"n": len(named), "most": MOST_AT_ONCE}
            )
        return named


def as_read(letter: dict) -> dict[str, str]:
    """A letter as its reader will find it, links blanked."""
    words = written(unsent(**letter), blank_links=True)
    return {"subject": words.subject, "text": words.text}


def shown(entry: Entry, request: HttpRequest) -> dict[str, Any]:
    """One case of a plan with its letter, or with what speaks against it."""
    dossier = entry.dossier
    return {
        "pk": dossier.pk,
        "reference": dossier.case.reference,
        "title": entry.decision.submission.title,
        "outcome": entry.decision.get_outcome_display(),
        "refusals": entry.refusals,
        "changes": entry.told is not None,
        "is_asked": dossier.asked_at is not None,
        "letter": None if entry.refusals else as_read(entry.letter(at=request.arrived_at)),
    }


class DecidingPages(DossierPages):
    PAGES = (("decide/", "decide", "decide_view"),)
    DEEDS = (("decide", gettext_lazy("Decide"), MAY_DECIDE),)

    def get_urls(self) -> list:
        many = self.admin_site.admin_view(self.decide_many_view)
        return [path("decide/", many, name="reviews_dossier_decide_many"), *super().get_urls()]

    # -- One case --------------------------------------------------------------------------------------------------

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what and why, look at the letter, write it down. ``act`` says which button was pressed."""
        dossier = self.dossier_for(request, pk, MAY_DECIDE)
        act = request.POST.get("act", "")
        form = VerdictForm(request.POST if act in ("look", "confirm") else None)
        if act == "change" or act.startswith("take:"):
            form = VerdictForm(initial=self._typed(request, dossier, act))
        elif form.is_bound and form.is_valid():
            plan = deciding.plan([dossier.pk], form.verdict, by=request.user, at=request.arrived_at)
            for words in plan.entries[0].refusals:
                form.add_error(None, words)
            if not plan.refused:
                answer = self._decide(request, plan, form) if act == "confirm" else None
                return answer or self._one_preview(request, dossier, form, plan)
        return self.dossier_page(
            request,
            dossier,
            "decide",
            title=_("Decide"),
            form=form,
            conflicts=conflict_of(request.user, dossier),
            decided=[self._decided(each) for each in self._decisions(dossier)],
            said=self._words_for_author(request, dossier),
        )

    def _one_preview(
        self, request: HttpRequest, dossier: Dossier, form: VerdictForm, plan: Plan
    ) -> HttpResponse:
        return self.dossier_page(
            request,
            dossier,
            "decide_preview",
            title=_("Decide"),
            **self._preview(request, form, plan),
            back=reverse("admin:reviews_dossier_change", args=[dossier.pk]),
        )

    def _decide(self, request: HttpRequest, plan: Plan, form: VerdictForm) -> HttpResponse | None:
        """Write the plan that was looked at; None when it is another one by now, which has to be looked at."""
        keys = [entry.dossier.pk for entry in plan.entries]
        seen = request.POST.get("seen", "")
        try:
            decisions = deciding.decide(keys, form.verdict, seen=seen, by=request.user, at=request.arrived_at)
        except Moved as moved:
            plan.entries, plan.fingerprint = moved.plan.entries, moved.plan.fingerprint
            messages.warning(request, _("Something has changed since you looked. Please look again."))
            return None
        words = ngettext(
            "%(n)d decision is written. The author is told when it is released.",
            "%(n)d decisions are written. The authors are told when they are released.",
            len(decisions),
        )
        messages.success(request, words % {"n": len(decisions)})
        if len(keys) == 1:
            return self.back_to(plan.entries[0].dossier)
        return self._to_list()

    def _typed(self, request: HttpRequest, dossier: Dossier, act: str) -> dict[str, str]:
        """What was typed so far; with the words of a review added, if that is what was pressed."""
        typed = {name: request.POST.get(name, "").replace("\0", "") for name in VerdictForm.base_fields}
        chosen = act.partition(":")[2]
        for said in self._words_for_author(request, dossier):
            if str(said["pk"]) == chosen:
                typed["reasons"] = f"{typed['reasons'].rstrip()}\n\n{said['words']}".strip()
        return typed

    def _words_for_author(self, request: HttpRequest, dossier: Dossier) -> list[dict[str, Any]]:
        """What reviewers would pass on to the author, for those who may see it; without their names."""
        if not request.user.has_perm(SEES_SCORES) or not seeing.may_see_scores(request.user, dossier):
            return []
        finished = Review.objects.finished().filter(assignment__dossier=dossier).exclude(words_for_author="")
        return [{"pk": each.pk, "words": each.words_for_author} for each in finished.order_by("pk")]

    def _decisions(self, dossier: Dossier) -> list[Decision]:
        return list(dossier.decisions.select_related("decided_by", "release").order_by("-number"))

    def _decided(self, decision: Decision) -> dict[str, Any]:
        zone = decision.dossier.case.call.zone
        return {
            "outcome": decision.get_outcome_display(),
            "reasons": decision.reasons,
            "why_changed": decision.why_changed,
            "by": _("%(name)s, %(day)s")
            % {"name": decision.decided_by, "day": times.moment(decision.decided_at, zone)},
            "told": times.day(decision.told_at, zone) if decision.release_id else "",
        }

    # -- Many cases ------------------------------------------------------------------------------------------------

    def decide_many_view(self, request: HttpRequest) -> HttpResponse:
        """The same for cases that were ticked in the list, or named by their references: first a dry run."""
        if not request.user.has_perms(["reviews.view_dossier", MAY_DECIDE]):
            raise PermissionDenied
        act = request.POST.get("act", "")
        form = ManyForm(request.POST if act in ("look", "confirm") else None)
        if act == "change":
            form = ManyForm(initial={name: request.POST.get(name, "") for name in ManyForm.base_fields})
        elif form.is_bound and form.is_valid():
            found, unknown = self._named(form.cleaned_data["cases"])
            plan = deciding.plan(found, form.verdict, by=request.user, at=request.arrived_at)
            if act == "confirm" and plan.entries and (answer := self._decide(request, plan, form)):
                return answer
            return self._many_page(
                request, "decide_preview", **self._preview(request, form, plan), unknown=unknown
            )
        elif not form.is_bound:
            form = ManyForm(initial={"cases": "\n".join(self._ticked(request))})
        return self._many_page(request, "decide_many", form=form, most=MOST_AT_ONCE)

    def _many_page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        trail = [(_("Review"), reverse("admin:reviews_dossier_changelist"))]
        context.setdefault("back", trail[0][1])
        return self.page(
            request, f"dossier/{template}", title=_("Decide several cases"), trail=trail, **context
        )

    def _ticked(self, request: HttpRequest) -> list[str]:
        keys = [key for ticked in request.POST.getlist("case") if (key := key_in(ticked)) is not None]
        found = Dossier.objects.filter(pk__in=keys[:MOST_AT_ONCE]).order_by("case__reference")
        return list(found.values_list("case__reference", flat=True))

    def _named(self, references: list[str]) -> tuple[list[int], list[str]]:
        """The dossiers of these references, and the references that there are none of."""
        found = dict(
            Dossier.objects.filter(case__reference__in=references).values_list("case__reference", "pk")
        )
        return list(found.values()), [each for each in references if each not in found]

    def _preview(self, request: HttpRequest, form: VerdictForm, plan: Plan) -> dict[str, Any]:
        return {
            "sound": [shown(entry, request) for entry in plan.sound],
            "refused": [shown(entry, request) for entry in plan.refused],
            "outcome": dict(Decision.Outcome.choices)[form.cleaned_data["outcome"]],
            "sent": [(name, form.data.get(name, "")) for name in form.fields],
            "seen": plan.fingerprint,
        }

    def _to_list(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:reviews_dossier_changelist"))


class ReleasePages(RoundPages):
    PAGES = (("release/", "release", "release_view"),)
    DEEDS = (("release", gettext_lazy("Release decisions"), MAY_RELEASE),)

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All decisions that wait, with their letters; one press tells the authors together."""
        round_ = self.round_for(request, pk, MAY_RELEASE)
        if request.method == "POST" and request.POST.get("act") == "release":
            self._release(request, round_)
            return self.back_to(round_, "release")
        waiting = deciding.waiting(round_, by=request.user)
        told = [shown(entry, request) for entry in waiting if not entry.refusals]
        return self.round_page(
            request,
            round_,
            "release",
            title=_("Release decisions"),
            told=told,
            unfolded=len(told) <= UNFOLDED,
            left_out=[shown(entry, request) for entry in waiting if entry.refusals],
            outcomes=self._outcomes(waiting),
            decisions=",".join(str(entry.decision.pk) for entry in waiting if not entry.refusals),
        )

    def _outcomes(self, waiting: list[Entry]) -> list[tuple[str, str, int]]:
        """How many of each outcome would be told: (key, words, count)."""
        sound = [entry.decision.outcome for entry in waiting if not entry.refusals]
        return [
            (str(key), str(words), sound.count(key))
            for key, words in Decision.Outcome.choices
            if key in sound
        ]

    def _release(self, request: HttpRequest, round_: Round) -> None:
        sent = set(request.POST.get("decisions", "").split(","))
        chosen = [key for key in Decision.Outcome.values if key in request.POST.getlist("outcome")]
        pending = Decision.objects.pending().filter(dossier__round=round_, outcome__in=chosen)
        # What was sent is looked up among what waits: it may be a list of any length.
        keys = [key for key in pending.values_list("pk", flat=True) if str(key) in sent]
        released = deciding.release(round_, keys, by=request.user, at=request.arrived_at)
        if released.told:
            words = ngettext("%(n)d letter is on its way.", "%(n)d letters are on their way.", released.told)
            messages.success(request, words % {"n": released.told})
        elif not chosen:
            messages.error(request, _("Choose which decisions to release."))
        elif not released.left_out:
            messages.info(request, _("They were released already; nobody is written to twice."))
        for reference, why in released.left_out:
            messages.warning(request, f"{reference}: {why}")
