"""What staff do with a public version: ask the author, ask partners, publish, correct, take down, archive, give badges.

Whatever is about to happen is shown before the button.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import agreeing, partners, preparing, publishing, showing, yearly
from cases.admin import public_file
from cases.admin.public_forms import (
    AgreedForm,
    BadgesForm,
    CorrectForm,
    LeaveForm,
    PublishForm,
    WordsForm,
)
from cases.admin.public_pages import MAY_AWARD, MAY_EDIT, MAY_PUBLISH, PublicPages, sorry
from cases.drafting import NotAllowed, TooMany
from cases.models import Partner, PublicCase
from cases.preparing import SavedMeanwhile
from cases.publishing import NotReady
from cases.views.agreement import what_files_carry
from people.typing_in import key_in

_State = PublicCase.State


class PublicDeeds(PublicPages):
    PAGES = (
        ("author/", "author", "author_view"),
        ("partners/", "partners", "partners_view"),
        ("publish/", "publish", "publish_view"),
        ("leave/", "leave", "leave_view"),
        ("badges/", "badges", "badges_view"),
        ("looked/", "looked", "looked_view"),
    )
    DEEDS = (
        ("author", gettext_lazy("Ask the author"), MAY_EDIT),
        ("partners", gettext_lazy("Ask the partners"), MAY_EDIT),
        ("publish", gettext_lazy("Publish or correct"), MAY_PUBLISH),
        ("leave", gettext_lazy("Take down or archive"), MAY_PUBLISH),
        ("badges", gettext_lazy("Badges"), MAY_AWARD),
    )

    # -- The author ----------------------------------------------------------------------------------------------

    def author_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the author was shown and said; asking them; writing down what they said on the telephone."""
        public = self.public_for(request, pk, MAY_EDIT)
        if public.case is None:
            raise Http404
        act, at = request.POST.get("act", ""), request.arrived_at
        form = AgreedForm(request.POST if act == "record" else None, initial={"seen": public.draft_version})
        form.fields["reason"].label = _("how and when the author agreed")
        try:
            if act == "ask":
                agreeing.ask(public, by=request.user, at=at)
                messages.success(request, _("The author is asked to agree."))
                return self.back_to(public, "author")
            if act == "record" and form.is_valid():
                reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen"]
                agreeing.record_by_hand(public, reason=reason, seen=seen, by=request.user, at=at)
                messages.success(request, _("It is written down, and the author is told by letter."))
                return self.back_to(public, "author")
        except SavedMeanwhile as meanwhile:
            public = self.public_for(request, pk, MAY_EDIT)
            form.look_again(meanwhile.public.draft_version)
        except (NotAllowed, TooMany) as error:
            if act == "record":
                form.add_error(None, sorry(error))
            else:
                messages.error(request, sorry(error))
        asked = agreeing.newest(public)
        return self.public_page(
            request,
            public,
            "author",
            title=_("Ask the author"),
            form=form,
            rows=[public_file.agreement_row(each, public) for each in public_file.agreements_of(public)],
            missing=preparing.missing_in(public.draft),
            has_agreed=agreeing.agreed_to(public, asked),
            carried=what_files_carry(public, public.draft),
        )

    # -- Partners ------------------------------------------------------------------------------------------------

    def partners_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who would be asked, who has no address, what each said. ``act`` says which button was pressed."""
        public = self.public_for(request, pk, MAY_EDIT)
        if public.case is None:
            raise Http404
        act, _colon, key = request.POST.get("act", "").partition(":")
        bound: dict[int, WordsForm] = {}
        try:
            if act == "ask-all":
                asked = partners.ask_all(public, by=request.user, at=request.arrived_at)
                messages.success(request, _("Letters to partners on their way: %(n)s.") % {"n": asked})
                return self.back_to(public, "partners")
            if act in ("ask", "solve", "forget"):
                partner = self._partner(public, key)
                form = bound[partner.pk] = self._words(partner, request.POST)
                if self._do(request, act, partner, form):
                    return self.back_to(public, "partners")
        except (NotAllowed, TooMany) as error:
            messages.error(request, sorry(error))
        plan = partners.plan(public, at=request.arrived_at)
        sees_addresses = request.user.has_perm("people.view_address")
        rows = [public_file.partner_row(each, public, sees_addresses=sees_addresses) for each in plan]
        earlier = partners.confirmed_earlier(public)
        for row, each in zip(rows, plan, strict=True):
            row["is_earlier"] = each.partner.pk in earlier
            row["form"] = bound.get(each.partner.pk) or self._words(each.partner)
        return self.public_page(
            request,
            public,
            "partners",
            title=_("Ask the partners"),
            rows=rows,
            to_ask=sum(not each.why_not for each in plan),
            standing=partners.in_words(partners.standing_of(public)),
            earlier=len(earlier),
            missing=preparing.missing_in(public.draft),
        )

    def _do(self, request: HttpRequest, act: str, partner: Partner, form: WordsForm) -> bool:
        by, at = request.user, request.arrived_at
        if act == "ask":
            partners.ask_anew(partner, by=by, at=at)
            messages.success(request, _("A new letter is on its way; links sent before have ended."))
            return True
        if not form.is_valid():
            return False
        words = form.cleaned_data["words"]
        if act == "solve":
            partners.solve(partner, solution=words, by=by, at=at)
            messages.success(request, _("It is written down."))
        else:
            partners.forget(partner, reason=words, by=by, at=at)
            messages.success(request, _("Address, words and letters of this partner are gone."))
        return True

    def _partner(self, public: PublicCase, key: str) -> Partner:
        found = public.partners.filter(pk=key_in(key)).first()
        if found is None:
            raise Http404
        return found

    def _words(self, partner: Partner, data: Any = None) -> WordsForm:
        label = (
            _("how it was solved, or why this partner is to be forgotten")
            if public_file.waits(partner)
            else _("why this partner is to be forgotten")
        )
        return WordsForm(label, data, prefix=f"p-{partner.key}")

    # -- Publishing and correcting -------------------------------------------------------------------------------

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What stands in the way and what to do about it; then one button. A public case gets its next edition here."""
        public = self.public_for(request, pk, MAY_PUBLISH)
        corrects = public.state == _State.PUBLISHED
        kind = CorrectForm if corrects else PublishForm
        form = kind(
            request.POST if request.method == "POST" else None, initial={"seen": public.draft_version}
        )
        if form.is_bound and form.is_valid():
            try:
                self._publish(request, public, form)
            except SavedMeanwhile as meanwhile:
                public = self.public_for(request, pk, MAY_PUBLISH)
                form.look_again(meanwhile.public.draft_version)
            except NotReady as error:
                form.add_error(None, " ".join(gap.words for gap in error.gaps))
            except NotAllowed as error:
                form.add_error(None, sorry(error))
            else:
                return self.back_to(public)
        rows = preparing.differences(public)
        since = preparing.since_edition(public)
        return self.public_page(
            request,
            public,
            "publish",
            title=_("Correct") if corrects else _("Publish"),
            form=form,
            corrects=corrects,
            may_publish=public.state in (_State.PREPARING, _State.PUBLISHED),
            gaps=publishing.gaps_of(public),
            changed=len(rows.changed),
            since=since,
            earlier=len(partners.confirmed_earlier(public)),
        )

    def _publish(self, request: HttpRequest, public: PublicCase, form: Any) -> None:
        said, by, at = form.cleaned_data, request.user, request.arrived_at
        if isinstance(form, CorrectForm):
            publishing.correct(
                public,
                by=by,
                at=at,
                note=said["note"],
                small=said["small"],
                reason=said["reason"],
                seen=said["seen"],
            )
            messages.success(request, _("The next version is public. Its author is told by letter."))
        else:
            publishing.publish(public, by=by, at=at, note=said["note"], seen=said["seen"])
            messages.success(request, _("The case is public. Its author is told by letter."))

    # -- Leaving -------------------------------------------------------------------------------------------------

    def leave_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take down, archive, put up again; answer an author who wants it taken down. Places that cite it come first."""
        public = self.public_for(request, pk, MAY_PUBLISH)
        cited = showing.citations_of(public)
        keeps = request.POST.get("act") == "keep"
        form = LeaveForm(
            self._ways(public),
            request.POST if request.method == "POST" and not keeps else None,
            is_cited=bool(cited),
        )
        keep = WordsForm(_("what the author reads"), request.POST if keeps else None, prefix="keep")
        try:
            if keep.is_bound and keep.is_valid():
                words = keep.cleaned_data["words"]
                publishing.keep_public(public, words=words, by=request.user, at=request.arrived_at)
                messages.success(request, _("It stays public. Its author is told by letter."))
                return self.back_to(public)
            if form.is_bound and form.is_valid():
                deeds = {
                    "unpublish": publishing.unpublish,
                    "archive": publishing.archive,
                    "show": publishing.show_again,
                }
                deed, reason = deeds[form.cleaned_data["act"]], form.cleaned_data["reason"]
                public = deed(public, reason=reason, by=request.user, at=request.arrived_at)
                said = _("Now: %(state)s.") % {"state": public.get_state_display()}
                messages.success(request, said)
                return self.back_to(public)
        except NotAllowed as error:
            (keep if keeps else form).add_error(None, sorry(error))
        return self.public_page(
            request, public, "leave", title=_("Take down or archive"), form=form, keep=keep, cited=cited
        )

    def _ways(self, public: PublicCase) -> list[tuple[str, Any]]:
        ways = (
            (_State.UNPUBLISHED, "unpublish", _("Take it down: the page says that it is gone")),
            (
                _State.ARCHIVED,
                "archive",
                _("Archive it: the page stays with a note, lists and search lose it"),
            ),
            (_State.PUBLISHED, "show", _("Put it up again, as it was last")),
        )
        return [
            (act, words)
            for state, act, words in ways
            if public.may_become(state) and public.state != _State.PREPARING
        ]

    # -- Badges, the yearly answer -------------------------------------------------------------------------------

    def badges_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        public = self.public_for(request, pk, MAY_AWARD)
        form = BadgesForm(
            request.POST if request.method == "POST" else None, initial={"badges": public.badges.all()}
        )
        if form.is_bound and form.is_valid():
            publishing.award(
                public,
                form.cleaned_data["badges"],
                by=request.user,
                at=request.arrived_at,
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("The badges are as chosen."))
            return self.back_to(public)
        return self.public_page(
            request,
            public,
            "badges",
            title=_("Badges"),
            form=form,
            any=form.fields["badges"].queryset.exists(),
            may_add=request.user.has_perm("cases.add_badge"),
        )

    def looked_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Staff have taken up what the author said at the yearly question."""
        public = self.public_for(request, pk, MAY_EDIT)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        check = public.yearly_checks.filter(pk=key_in(request.POST.get("check", ""))).first()
        if check is None:
            raise Http404
        yearly.looked_at(check, by=request.user, at=request.arrived_at)
        messages.success(request, _("Noted."))
        return self.back_to(public)
