"""Issues: written in blocks, looked at, tried on oneself, sent."""

from __future__ import annotations

from django.contrib import admin
from django.db import transaction
from django.db.models import Max
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from newsletter import issuing
from newsletter.admin.forms import BlockForm, IssueForm
from newsletter.admin.pages import MAY_SEND, IssuePages, said
from newsletter.models import Block, Issue
from people.admin import OnlyQuestions, ShortSightedPaginator

MOST_BLOCKS = 30
#: Empty blocks below those that there are: all that somebody without scripts can fill in at once.
EMPTY = 3


class BlockFormSet(BaseInlineFormSet):
    """Blocks in their order; an empty one proposes the next place."""

    def __init__(self, *args, **kwargs):
        instance = kwargs.get("instance")
        last = 0
        if instance is not None and instance.pk:
            last = instance.blocks.aggregate(last=Max("position"))["last"] or 0
        kwargs["initial"] = [{"position": last + 10 * n} for n in range(1, EMPTY + 1)]
        super().__init__(*args, **kwargs)


class BlockInline(admin.StackedInline):
    model = Block
    form = BlockForm
    formset = BlockFormSet
    extra = EMPTY
    max_num = MOST_BLOCKS
    fields = ["position", "kind", "title", "words", "source", "alt", "url", "upload", "kept"]


@admin.register(Issue)
class IssueAdmin(IssuePages, OnlyQuestions):
    form = IssueForm
    list_display = ["title_words", "state", "goes_to", "leaves_words", "version"]
    list_display_links = ["title_words"]
    list_filter = ["state"]
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortSightedPaginator
    sortable_by: list[str] = []
    actions = None
    change_form_template = "admin/newsletter/issue/change_form.html"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Issue | None:
        """While it is being saved the issue is locked, so that nobody sends what is half written."""
        issues = self.get_queryset(request)
        if request.method == "POST":
            issues = issues.select_for_update()
        try:
            return issues.get(pk=object_id)
        except (Issue.DoesNotExist, ValueError, OverflowError):
            return None

    # -- Who may what ------------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_editable)

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_editable)

    def get_inlines(self, request: HttpRequest, obj: Issue | None = None) -> list:
        may_write = (
            self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        )
        return [BlockInline] if may_write else []

    def get_formset_kwargs(self, request: HttpRequest, obj: Issue, inline, prefix: str) -> dict:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        return kwargs | {"form_kwargs": {"at": request.arrived_at}}

    # -- The form ----------------------------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Issue | None = None) -> list[str]:
        if obj is None:
            return ["title", "opening", "topics"]
        if self.has_change_permission(request, obj):
            return ["title", "opening", "topics", "seen"]
        return ["title_words", "opening_words", "goes_to", "state", "leaves_words"]

    def get_readonly_fields(self, request: HttpRequest, obj: Issue | None = None) -> list[str]:
        return ["title_words", "opening_words", "goes_to", "state", "leaves_words"]

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        more = {"may_send": request.user.has_perm(MAY_SEND), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, more)

    def save_model(self, request: HttpRequest, obj: Issue, form: IssueForm, change: bool) -> None:
        obj._history_user, obj._history_date = request.user, request.arrived_at
        if not change:
            obj.made_at = request.arrived_at
            obj.save()
        elif fields := [name for name in form.changed_data if name != "seen"]:
            obj.save(update_fields=fields)

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        for block in formset.save(commit=False):
            block._history_user, block._history_date = request.user, request.arrived_at
            block.save()
        for block in formset.deleted_objects:
            block._history_user, block._history_date = request.user, request.arrived_at
            block.delete()

    @transaction.atomic
    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        fields = [name for name in form.changed_data if name != "seen"]
        if change and (fields or any(formset.has_changed() for formset in formsets)):
            issuing.changed(form.instance, by=request.user, at=request.arrived_at)

    # -- The list ----------------------------------------------------------------------------------------------------

    @admin.display(description=_("title"))
    def title_words(self, issue: Issue) -> str:
        return str(issue)

    @admin.display(description=_("opening"))
    def opening_words(self, issue: Issue) -> str:
        return issue.opening_text or "–"

    @admin.display(description=_("goes to readers of"))
    def goes_to(self, issue: Issue) -> str:
        return "; ".join(issue.topic_words()) or "–"

    @admin.display(description=_("leaves (Paris time)"))
    def leaves_words(self, issue: Issue) -> str:
        return format_html("<bdi>{}</bdi>", said(issue.due_at)) if issue.state != Issue.State.DRAFT else "–"
