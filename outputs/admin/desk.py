"""Outputs in the office: the list, the beginning, the editor, what was done."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.attachments import Refused
from outputs import blocks, citing, composing, pictures, publishing, writing
from outputs.admin import boxes
from outputs.admin.going_out import GoingOutPages
from outputs.admin.pages import MAY_PUBLISH, MAY_WRITE, OutputPages
from outputs.admin.versions import VersionPages
from outputs.blocks import BLOCKS
from outputs.forms import PARIS, BeginForm
from outputs.models import Output
from people import times
from people.admin import OnlyQuestions, ShortSightedPaginator


class GoingOutFilter(admin.SimpleListFilter):
    title = gettext_lazy("going out")
    parameter_name = "going"

    def lookups(self, request, model_admin) -> list[tuple[str, Any]]:
        return [("scheduled", _("scheduled")), ("trouble", _("did not go out"))]

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        if self.value() == "scheduled":
            return queryset.filter(publish_at__isnull=False)
        return queryset.exclude(trouble="") if self.value() == "trouble" else queryset


@admin.register(Output)
class OutputAdmin(GoingOutPages, VersionPages, OutputPages, OnlyQuestions):
    list_display = ["title_words", "kind", "state_words", "version_words", "changed_words"]
    list_filter = ["kind", "state", GoingOutFilter]
    list_per_page = 50
    list_select_related = ["version", "changed_by"]
    show_full_result_count = False
    paginator = ShortSightedPaginator
    ordering = ["-changed_at", "-pk"]
    sortable_by: list[str] = []
    actions = None

    # -- The list --------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("version__content")

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        title = _("Reports, stories and dialogues")
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    @admin.display(description=gettext_lazy("title"))
    def title_words(self, output: Output) -> str:
        return str(output)

    @admin.display(description=gettext_lazy("state"))
    def state_words(self, output: Output) -> str:
        said = format_html('<span class="status {}">{}</span>', output.state, output.get_state_display())
        if output.publish_at:
            when = times.moment(output.publish_at, PARIS)
            said += format_html(' <span class="mark">{}</span>', _("goes out on %(when)s") % {"when": when})
        if output.trouble:
            said += format_html(' <span class="mark">{}</span>', _("did not go out"))
        return said

    @admin.display(description=gettext_lazy("version"))
    def version_words(self, output: Output) -> str:
        return str(output.version.number) if output.version else "–"

    @admin.display(description=gettext_lazy("changed"))
    def changed_words(self, output: Output) -> str:
        return f"{times.moment(output.changed_at, PARIS)}, {output.changed_by or '–'}"

    def has_delete_permission(self, request: HttpRequest, obj: Output | None = None) -> bool:
        """What was ever published stays; it can be withdrawn."""
        return super().has_delete_permission(request, obj) and not (obj and obj.version_id)

    # -- The beginning ---------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BeginForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
        if form.is_bound and form.is_valid():
            try:
                output = writing.begin(**form.cleaned_data, by=request.user, at=request.arrived_at)
            except writing.AddressTaken:
                form.add_error("slug", _("Another one has this address. Choose a different one."))
            else:
                self.log_addition(request, output, _("Begun."))
                return self.back(output)
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Begin a report, story or dialogue"),
            "form": form,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/outputs/output/begin.html", frame, status=status)

    # -- The editor ------------------------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        output = self.output_for(request, object_id)
        if request.method == "POST":
            if not request.user.has_perm(MAY_WRITE):
                raise PermissionDenied
            return self._save(request, output)
        return self._editor(request, output, output.draft)

    def _save(self, request: HttpRequest, output: Output) -> HttpResponse:
        """Keep what was sent, and do what the button says with it."""
        at, then = request.arrived_at, request.POST.get("then", "")
        seen = request.POST.get("seen", "")
        content = blocks.read(request.POST, output.kind, output.draft)
        errors = self._take_pictures(request, output, content)
        done, anchor = _with_deed(content, then, request.POST.get("after", ""), request.POST.get("type", ""))
        if len(done["blocks"]) > blocks.MOST_BLOCKS:
            words = _("An output has at most %(n)s blocks.") % {"n": blocks.MOST_BLOCKS}
            return self._editor(request, output, content, problem=words, status=422)
        try:
            saved = writing.save(
                output,
                done,
                seen=int(seen) if seen.isdecimal() and len(seen) < 10 else 0,
                by=request.user,
                at=at,
            )
        except writing.WrittenMeanwhile as meanwhile:
            return self._editor(
                request, meanwhile.output, content, theirs=meanwhile.output.draft, errors=errors, status=409
            )
        if errors:
            saved.version = output.version
            return self._editor(request, saved, saved.draft, errors=errors, status=422)
        if output.is_scheduled and not saved.is_scheduled:
            messages.warning(request, _("The draft was changed, so it does not go out by itself any more."))
        if then in ("publish", "preview"):
            where = (
                reverse("outputs:preview", args=[output.pk])
                if then == "preview"
                else reverse("admin:outputs_output_publish", args=[output.pk])
            )
            return HttpResponseRedirect(where)
        messages.success(request, _("Saved."))
        return self.back(saved, anchor=f"#{anchor}" if anchor else "")

    def _take_pictures(self, request: HttpRequest, output: Output, content: dict) -> dict[str, str]:
        """Put uploads into their blocks; what was refused, by the name of its control."""
        errors = {}
        for block in content["blocks"]:
            name = blocks.name_of(block["id"], "picture")
            upload = request.FILES.get(name) if block["type"] == "picture" else None
            if upload:
                try:
                    added = pictures.add(output, upload, upload.name, at=request.arrived_at)
                except Refused as refused:
                    errors[name] = str(refused)
                else:
                    block["picture"] = added.code
        return errors

    def _editor(
        self,
        request: HttpRequest,
        output: Output,
        content: dict,
        *,
        theirs: dict | None = None,
        errors: dict[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> HttpResponse:
        errors = errors or {}
        keys = composing.references_in(content)
        targets = citing.targets_of(keys)
        about = {key: cited.title for key, cited in citing.foreseen(targets).items()}
        gone, new = boxes.taken_or_added(content, theirs) if theirs is not None else ([], [])
        context = {
            "head": boxes.head(output, content, theirs, errors),
            "groups": boxes.groups(content, theirs, errors, about),
            "kinds": [(kind.key, kind.name) for kind in BLOCKS.values()],
            "gaps": blocks.gaps(content, output.kind) + publishing.gone(content, keys, targets),
            "may_write": request.user.has_perm(MAY_WRITE),
            "may_publish": request.user.has_perm(MAY_PUBLISH),
            "may_delete": self.has_delete_permission(request, output),
            "is_conflict": theirs is not None,
            "theirs_by": output.changed_by,
            "taken": gone,
            "added": new,
            "errors": errors,
            "problem": problem,
            "goes_out": times.in_full(output.publish_at, PARIS) if output.publish_at else "",
            "sizes": _sizes(output, content),
        }
        response = self.page(request, output, "editor", _("Write"), context)
        response.status_code = status
        return response


def _with_deed(content: dict, then: str, after: str, type_: str) -> tuple[dict, str]:
    """The content with what the button says done to it, and where on the page one goes on."""
    deed, _colon, id_ = then.partition(":")
    if deed == "up":
        return blocks.moved(content, id_, -1), f"block-{id_}"
    if deed == "down":
        return blocks.moved(content, id_, 1), f"block-{id_}"
    if deed == "remove":
        return blocks.without(content, id_), "add"
    if deed == "add" and type_ in BLOCKS:
        content, id_ = blocks.with_block(content, type_, after)
        return content, f"block-{id_}"
    return content, ""


def _sizes(output: Output, content: dict) -> dict[str, str]:
    """The addresses of the pictures that stand in the content, by their codes."""
    codes = [
        block["picture"] for block in content["blocks"] if block["type"] == "picture" and block["picture"]
    ]
    if not codes:
        return {}
    there = output.pictures.filter(code__in=codes).values_list("code", flat=True)
    return {code: reverse("output_picture", args=[code, 800]) for code in there}
