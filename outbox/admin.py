"""The post desk: what waits, what failed and why, how it reads, and «send again».

Staff never see a working link: previews are composed with links blanked, and context is not shown at all.
"""

from __future__ import annotations

from email import message_from_bytes, policy

from csp.decorators import csp_replace
from django import db
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from outbox import delivery
from outbox.mailbox import without_inline_styles
from outbox.models import Bounce, LocalLetter, OutboxMessage
from people import events
from people.admin import OnlyQuestions, ReadOnly, ShortSightedPaginator
from people.models import Address, normal

#: Addresses that one search may reach.
PEOPLE_FOUND = 200
#: Headers that say how a mail is packed, not what it is.
NOT_SHOWN = ("content-type", "content-transfer-encoding", "mime-version")


class KindFilter(admin.SimpleListFilter):
    title = _("letter")
    parameter_name = "kind"

    def lookups(self, request, model_admin) -> list[tuple[str, str]]:
        return [(kind, kind.replace("_", " ")) for kind in OutboxMessage.objects.kinds()]

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ReadingDesk(OnlyQuestions):
    """Rows that are read and never typed: no adding, no deleting, no form."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = ShortSightedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def found(self, request: HttpRequest, object_id: str):
        """The row, for those who may see it; else 404 or 403."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {**(extra_context or {}), "title": title})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        raise PermissionDenied

    def page(self, request: HttpRequest, row, **context) -> TemplateResponse:
        name = f"admin/outbox/{self.opts.model_name}/reading.html"
        return TemplateResponse(
            request,
            name,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": capfirst(self.opts.verbose_name),
                "subtitle": str(row),
                "row": row,
                **context,
            },
        )


class Frame:
    """A page that only our own pages may show inside a frame."""

    @method_decorator(csp_replace({"frame-ancestors": ["'self'"]}))
    @method_decorator(xframe_options_sameorigin)
    def html_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponse(self.html_of(self.found(request, object_id)))

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.html_view)
        name = f"outbox_{self.opts.model_name}_html"
        return [path("<path:object_id>/html/", view, name=name), *super().get_urls()]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(Frame, ReadingDesk):
    list_display = ["about", "address", "language", "state", "promised_at", "sent_at", "error"]
    list_display_links = ["about"]
    list_filter = ["state", KindFilter]
    list_select_related = ["address"]
    search_fields = ["key"]
    search_help_text = _("The beginning of an address, or of a letter's key")
    ordering = ["-pk"]
    sortable_by: list[str] = []
    actions = ["send_again", "set_aside"]

    @admin.display(description=_("letter"))
    def about(self, message: OutboxMessage) -> str:
        return message.subject_line or message.kind.replace("_", " ")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("address").defer("context", "attachments", "text")

    def get_search_results(self, request, queryset, search_term):
        """By the beginning of an address or key, which an index can find; not by what is inside."""
        term = search_term.strip()
        if not term:
            return queryset, False
        people = list(
            Address.objects.filter(email__startswith=normal(term)).values_list("pk", flat=True)[:PEOPLE_FOUND]
        )
        return queryset.filter(Q(address_id__in=people) | Q(key__startswith=term)), False

    # -- Reading one letter ----------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        message = self.found(request, object_id)
        subject, text, trouble = message.subject_line, message.text, ""
        try:
            words = delivery.written(message, blank_links=True)
            subject, text = subject or words.subject, text or words.text
        except db.Error:
            raise
        except Exception as error:
            # Staff come here to learn what is wrong with a letter: a broken one is shown as far as it goes.
            trouble = f"{type(error).__name__}: {error}"
        return self.page(
            request,
            message,
            subject_line=subject,
            text=text,
            trouble=trouble,
            attachment_names=[part["name"] for part in message.attachments],
            may_send_again=self.has_change_permission(request, message),
        )

    def html_of(self, message: OutboxMessage) -> str:
        try:
            return delivery.preview_html(message)
        except db.Error:
            raise
        except Exception as error:
            raise Http404(f"{type(error).__name__}") from error

    # -- Doing -----------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.again_view))
        again = path("<path:object_id>/again/", view, name="outbox_outboxmessage_again")
        return [again, *super().get_urls()]

    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        message = self.found(request, object_id)
        if not self.has_change_permission(request, message):
            raise PermissionDenied
        self.send_again(request, OutboxMessage.objects.filter(pk=message.pk))
        return HttpResponseRedirect(reverse("admin:outbox_outboxmessage_change", args=[message.pk]))

    @admin.action(description=_("Send again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            keys = self._noted(request, queryset, "letter sent again")
            OutboxMessage.objects.filter(pk__in=keys).send_again(request.arrived_at)
        said = ngettext(
            "%(n)d letter is on its way again.", "%(n)d letters are on their way again.", len(keys)
        )
        self.message_user(request, said % {"n": len(keys)}, messages.SUCCESS)

    @admin.action(description=_("Set aside: no longer shown as failed"), permissions=["change"])
    def set_aside(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            keys = self._noted(request, queryset.filter(state=OutboxMessage.State.FAILED), "letter set aside")
            OutboxMessage.objects.filter(pk__in=keys).set_aside()
        said = ngettext("%(n)d letter is set aside.", "%(n)d letters are set aside.", len(keys))
        self.message_user(request, said % {"n": len(keys)}, messages.SUCCESS)

    def _noted(self, request: HttpRequest, letters: QuerySet, action: str) -> list[int]:
        """Write down who did what to these letters; their keys."""
        keys = list(letters.order_by().values_list("pk", flat=True))
        for pk in keys:
            events.record(action, about=("letter", pk), at=request.arrived_at, by=request.user)
        return keys


@admin.register(Bounce)
class BounceAdmin(ReadOnly):
    """What came back, and so why an address gets no more letters; it is lifted at the address, with a reason."""

    list_display = ["at", "address", "kind", "status", "said"]
    list_filter = ["kind"]
    list_select_related = ["address"]
    search_fields = ["address__email"]
    search_help_text = _("The beginning of an address")
    fields = ["at", "its_address", "kind", "status", "said"]
    actions = None

    @admin.display(description=_("address"))
    def its_address(self, bounce: Bounce) -> str:
        page = reverse("admin:people_address_change", args=[bounce.address_id])
        return format_html('<a href="{}">{}</a>', page, bounce.address)

    def get_search_results(self, request, queryset, search_term):
        term = normal(search_term)
        people = Address.objects.filter(email__startswith=term).values_list("pk", flat=True)[:PEOPLE_FOUND]
        return (queryset.filter(address__in=list(people)) if term else queryset), False


@admin.register(LocalLetter)
class LocalLetterAdmin(Frame, ReadingDesk):
    """Whole mails with working links: there only while mail stays on this machine, never in production."""

    list_display = ["subject_line", "to", "received_at"]
    search_fields = ["to"]
    search_help_text = _("The beginning of an address")
    sortable_by: list[str] = []

    def has_view_permission(self, request: HttpRequest, obj=None) -> bool:
        return mail_stays_here() and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("raw")

    def get_search_results(self, request, queryset, search_term):
        term = normal(search_term)
        return (queryset.filter(to__startswith=term) if term else queryset), False

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        letter = self.found(request, object_id)
        mail = message_from_bytes(bytes(letter.raw), policy=policy.default)
        return self.page(
            request,
            letter,
            headers=[(name, str(value)) for name, value in mail.items() if name.lower() not in NOT_SHOWN],
            text=_body(mail, "plain"),
            attachments=[(part.get_filename() or "", _shown(part)) for part in mail.iter_attachments()],
        )

    def html_of(self, letter: LocalLetter) -> str:
        mail = message_from_bytes(bytes(letter.raw), policy=policy.default)
        return without_inline_styles(_body(mail, "html"), stylesheet=static(delivery.STYLESHEET))


def mail_stays_here() -> bool:
    return settings.EMAIL_BACKEND == "outbox.mailbox.MailboxBackend"


def _shown(part) -> str:
    """An attachment as text; its size where it is none. Calendar entries travel as bytes, and are text."""
    content = part.get_content()
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _("%(n)d bytes") % {"n": len(content)}


def _body(mail, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return part.get_content() if part else ""
