"""Screening by the four tests: one case after the other, by keyboard, by several people at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cases.admin import case_file
from cases.questions import lang_of
from people import times
from people.models import User
from reviews import likeness, screening
from reviews.admin import dossier_file
from reviews.admin.pages import DossierPages
from reviews.models import Answer, Dossier, Round, Screening
from reviews.screening import CameBackMeanwhile, CannotBeScreened, SavedMeanwhile

MAY_SCREEN = "reviews.screen_dossier"
#: Read first, whatever the test.
IN_BRIEF = ("title_english", "short_explanation", "short_english", "overview", "website")


class ScreeningForm(forms.Form):
    """An answer and a note for each of the four tests; what is not answered yet stays open.

    «No» and «unclear» need a note: colleagues and the decision go by it.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for test in screening.TESTS:
            self.fields[test.key] = forms.ChoiceField(
                label=test.title, choices=Answer.choices, required=False, widget=forms.RadioSelect
            )
            self.fields[f"{test.key}_note"] = forms.CharField(
                label=gettext_lazy("Note"),
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2, "cols": 40}),
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for test in screening.TESTS:
            note = f"{test.key}_note"
            if said.get(test.key) in (Answer.NO, Answer.UNCLEAR) and not said.get(note) and note in said:
                self.add_error(note, _("Say why in a few words."))
        return said

    @property
    def said(self) -> dict[str, tuple[str, str]]:
        return {
            test.key: (self.cleaned_data[test.key], self.cleaned_data[f"{test.key}_note"])
            for test in screening.TESTS
        }

    @property
    def says_nothing(self) -> bool:
        return not any(answer or note for answer, note in self.said.values())


def values_of(screened: Screening | None) -> dict[str, str]:
    if screened is None:
        return {}
    names = [*Screening.TESTS, *(f"{test}_note" for test in Screening.TESTS)]
    return {name: getattr(screened, name) for name in names}


class ScreeningPages(DossierPages):
    """The page below a case in review, and the door that opens the next case to screen."""

    PAGES = (("screening/", "screening", "screening_view"),)
    DEEDS = (("screening", gettext_lazy("Screen"), MAY_SCREEN),)

    def get_urls(self) -> list:
        door = self.admin_site.admin_view(require_POST(self.screen_next_view))
        return [path("screen-next/", door, name="reviews_dossier_screen_next"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def screening_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        dossier = self.dossier_for(request, pk, MAY_SCREEN)
        if elsewhere := self.too_close(request, dossier):
            return elsewhere
        screened = Screening.objects.select_related("by", "submission").filter(dossier=dossier).first()
        if request.method != "POST":
            return self._show(request, dossier, ScreeningForm(initial=values_of(screened)), screened)
        form = ScreeningForm(request.POST)
        if not form.is_valid():
            return self._show(request, dossier, form, screened, base=request.POST, status=422)
        if form.says_nothing and screened is None:
            return self._go_on(request, dossier)
        try:
            saved = screening.screen(
                dossier,
                form.said,
                version=number_in(request.POST, "version"),
                submission=number_in(request.POST, "read"),
                by=request.user,
                at=request.arrived_at,
            )
        except SavedMeanwhile as meanwhile:
            return self._show(request, dossier, form, meanwhile.theirs, theirs=meanwhile.theirs, status=409)
        except CameBackMeanwhile:
            form.add_error(None, _("The author handed the case in again while you were reading."))
            form.add_error(None, _("This is what it says now. Look again, and save what you typed."))
            return self._show(request, self.dossier_for(request, pk), form, screened, status=409)
        except CannotBeScreened as error:
            form.add_error(None, error.args[0])
            return self._show(request, dossier, form, screened, status=409)
        self._say_saved(request, dossier, saved)
        return self._go_on(request, dossier)

    @method_decorator(require_POST)
    def screen_next_view(self, request: HttpRequest) -> HttpResponse:
        """Open the next case to screen of the newest call, and keep it from being given to somebody else."""
        if not request.user.has_perms(["reviews.view_dossier", MAY_SCREEN]):
            raise PermissionDenied
        newest = Round.objects.newest()
        return self._open_next(request, newest.pk) if newest else self._nothing_left(request)

    # -- Going on ------------------------------------------------------------------------------------------------

    def _go_on(self, request: HttpRequest, dossier: Dossier) -> HttpResponse:
        if request.POST.get("then") != "next":
            return self.back_to(dossier, "screening")
        return self._open_next(request, dossier.round_id, after=dossier.pk)

    def _open_next(self, request: HttpRequest, round_id: int, after: int = 0) -> HttpResponse:
        following = screening.hold_next(round_id, after=after, by=request.user, at=request.arrived_at)
        if following is None:
            return self._nothing_left(request)
        # The anchor stands before the first test: one Tab leads to it.
        address = reverse("admin:reviews_dossier_screening", args=[following])
        return HttpResponseRedirect(f"{address}#case")

    def _nothing_left(self, request: HttpRequest) -> HttpResponse:
        messages.info(request, _("No other case waits to be screened, or a colleague has it open."))
        return HttpResponseRedirect(reverse("admin:reviews_dossier_changelist") + "?step=to-screen")

    def _say_saved(self, request: HttpRequest, dossier: Dossier, saved: Screening) -> None:
        address = reverse("admin:reviews_dossier_screening", args=[dossier.pk])
        case = format_html('<a href="{}">{}</a>', address, dossier.case.reference)
        words = dossier_file.verdict_words(saved.verdict)
        messages.success(
            request, format_html(_("{case}, screening saved. {verdict}."), case=case, verdict=words)
        )

    # -- The page ------------------------------------------------------------------------------------------------

    def _show(
        self,
        request: HttpRequest,
        dossier: Dossier,
        form: ScreeningForm,
        screened: Screening | None,
        *,
        base: Any = None,
        theirs: Screening | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """``base``: what was sent says on which version it rests; else it rests on what the page shows now."""
        items = {
            item["key"]: item
            for chapter in case_file.chapters_of(
                dossier.submission, private=request.user.has_perm("people.view_address")
            )
            for item in chapter["items"]
        }
        shown = [*IN_BRIEF, *(key for test in screening.TESTS for key in test.answers)]
        response = self.dossier_page(
            request,
            dossier,
            "screening",
            title=_("Screening"),
            heading=f"{dossier.case.reference} {dossier.submission.title}",
            form=form,
            errors=errors_of(form),
            screened=dossier_file.screening_of(screened, dossier) if screened else None,
            theirs=dossier_file.screening_of(theirs, dossier) if theirs else None,
            version=number_in(base, "version") if base else (screened.version if screened else 0),
            read=number_in(base, "read") if base else dossier.submission.number,
            lang=lang_of(dossier.submission.language),
            in_brief=[items[key] for key in IN_BRIEF if key in items and items[key]["text"]],
            tests=[
                {
                    "test": test,
                    "field": form[test.key],
                    "note": form[f"{test.key}_note"],
                    "answers": answers_for(test, items),
                    "theirs": theirs and said_in(theirs, test.key),
                }
                for test in screening.TESTS
            ],
            others=[
                item
                for key, item in items.items()
                if item["text"] and key not in shown and not key.startswith(("jurisdictions", "consent_"))
            ],
            checks=dossier_file.checks_of(dossier),
            alike=likeness.alike(dossier),
            held_by=held_by(dossier, request.user, request.arrived_at),
            **neighbours(dossier),
        )
        response.status_code = status
        return response


def number_in(sent: Any, name: str) -> int:
    """A number that a page sends back; -1 for anything that is none."""
    text = sent.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def answers_for(test: screening.Test, items: dict[str, dict]) -> list[dict]:
    """The answers of the case that bear on this test; all its jurisdictions where it asks for them."""
    found = []
    for key in test.answers:
        if key == "jurisdictions":
            found += [item for name, item in items.items() if name.startswith("jurisdictions")]
        elif key in items and items[key]["text"]:
            found.append(items[key])
    return found


def errors_of(form: ScreeningForm) -> list[tuple[str, str]]:
    """What has to be mended, each with the id of its field, for the summary above."""
    if not form.is_bound:
        return []
    titles = {test.key: str(test.title) for test in screening.TESTS}
    found = []
    for name, words in form.errors.items():
        test = name.removesuffix("_note")
        target = f"id_{name}_0" if name in titles else f"id_{name}"
        found += [(target, f"{titles[test]}: {each}") if test in titles else ("", each) for each in words]
    return found


def said_in(theirs: Screening, test: str) -> tuple[str, str]:
    answer = dict(Answer.choices).get(getattr(theirs, test), _("not answered"))
    return str(answer), getattr(theirs, f"{test}_note")


def held_by(dossier: Dossier, me: User, at) -> str:
    """Who else has this case open to screen it; "" when nobody has."""
    if dossier.held_by_id in (None, me.pk) or dossier.held_until <= at:
        return ""
    since = times.clock(dossier.held_until - screening.HELD_FOR, dossier.case.call.zone)
    return _("%(name)s opened this case at %(time)s to screen it.") % {
        "name": str(dossier.held_by),
        "time": since,
    }


def neighbours(dossier: Dossier) -> dict[str, str]:
    """The addresses of the cases to screen before and after this one; "" where there is none."""
    waiting: QuerySet = Dossier.objects.at_step(Dossier.Step.TO_SCREEN).filter(round=dossier.round_id)
    before = waiting.filter(pk__lt=dossier.pk).order_by("-pk").values_list("pk", flat=True).first()
    after = waiting.filter(pk__gt=dossier.pk).order_by("pk").values_list("pk", flat=True).first()
    return {
        name: reverse("admin:reviews_dossier_screening", args=[pk]) if pk else ""
        for name, pk in (("previous", before), ("following", after))
    }
