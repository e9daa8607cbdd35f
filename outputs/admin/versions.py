"""The versions of an output, what each changed, and everything that was done with it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from outputs import differing
from outputs.forms import PARIS
from outputs.models import Version
from people import times
from people.models import Event, User

#: So many deeds are shown, the newest.
SHOWN = 200


def deeds() -> dict[str, str]:
    return {
        "output begun": _("Begun"),
        "output written": _("Draft saved"),
        "output scheduled": _("Scheduled"),
        "output unscheduled": _("Taken off the timetable"),
        "output published": _("Published"),
        "output withdrawn": _("Withdrawn"),
    }


class VersionPages:
    def get_urls(self) -> list:
        return [
            self.address("versions/", self.versions_view, "versions"),
            self.address("versions/<int:number>/", self.changes_view, "changes"),
            self.address("versions/draft/", self.draft_changes_view, "draft_changes"),
            *super().get_urls(),
        ]

    def versions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        output = self.output_for(request, pk)
        versions = output.versions.select_related("published_by").defer("content").order_by("-number")
        rows = [
            {
                "version": version,
                "at": times.moment(version.published_at, PARIS),
                "page": output.page_of(version.number),
            }
            for version in versions
        ]
        return self.page(request, output, "versions", _("Versions"), {"rows": rows})

    def changes_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """What version ``number`` has changed against the one before."""
        output = self.output_for(request, pk)
        found = {
            version.number: version for version in output.versions.filter(number__in=[number - 1, number])
        }
        if number not in found:
            raise Http404
        before = found[number - 1].said if number - 1 in found else {}
        title = _("What version %(n)s changed") % {"n": number}
        return self._changes(request, output, before, found[number].said, title)

    def draft_changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        output = self.output_for(request, pk)
        newest: Version | None = output.version
        title = _("What the draft changes")
        return self._changes(request, output, newest.said if newest else {}, output.draft, title)

    def _changes(
        self, request: HttpRequest, output: Any, before: dict, after: dict, title: str
    ) -> HttpResponse:
        changes = differing.changes(before, after, output.kind)
        return self.page(request, output, "changes", title, {"changes": changes})

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        output = self.output_for(request, object_id)
        found = list(
            Event.objects.filter(object_kind="output", object_id=str(output.pk)).order_by("-at", "-pk")[
                :SHOWN
            ]
        )
        people = User.objects.in_bulk({event.actor_id for event in found if event.actor_id})
        words = deeds()
        steps = [
            {
                "at": event.at,
                "by": str(people.get(event.actor_id) or event.get_actor_display()),
                "what": self._told(words.get(event.action, event.action), event.facts),
                "why": event.reason,
            }
            for event in found
        ]
        return self.page(request, output, "history", _("History"), {"steps": steps})

    def _told(self, words: str, facts: dict) -> str:
        if "version" in facts:
            return f"{words}: {_('Version %(n)s') % {'n': facts['version']}}"
        return words
