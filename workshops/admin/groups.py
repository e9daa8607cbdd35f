"""Breakout groups: proposed, put right by hand, printed, shown to registrants."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.places import LEVELS, country_name
from workshops import grouping
from workshops.admin.forms import ProposalForm
from workshops.models import Registration, Workshop

MAY_SEE = ("workshops.view_group", "workshops.view_registration")
MAY_GROUP = "workshops.change_group"
#: People on one page of adjusting: each is a box and a hidden field, and a request carries 500.
ON_A_PAGE = 200


class GroupPages:
    def get_urls(self) -> list:
        return [
            self.address("groups/", self.groups_view, "groups"),
            self.address("groups/print/", self.groups_print_view, "groups_print"),
            *super().get_urls(),
        ]

    def groups_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self.workshop_for(request, pk, *MAY_SEE)
        may_group = request.user.has_perm(MAY_GROUP)
        asked = request.POST if request.POST.get("do") == "propose" else None
        form = ProposalForm(len(grouping.people_of(workshop)) if asked else 0, asked)
        if request.method == "POST":
            if not may_group:
                raise PermissionDenied
            done = self._do(request, workshop, form)
            if done:
                return done
        return self.page(
            request, workshop, "groups", _("Breakout groups"), self._shown(request, workshop, form)
        )

    def _shown(self, request: HttpRequest, workshop: Workshop, form: ProposalForm) -> dict:
        groups = list(workshop.groups.all())
        people = workshop.registrations.seated().order_by("group__number", "name", "pk")
        total, without = people.count(), people.filter(group=None).count()
        page = int(asked) if (asked := request.GET.get("p", "1")).isdecimal() and len(asked) < 5 else 1
        start = max(0, page - 1) * ON_A_PAGE
        shown = list(people.select_related("group")[start : start + ON_A_PAGE])
        return {
            "form": form,
            "groups": groups,
            "people": [group_row(each) for each in shown],
            "total": total,
            "without": without,
            "may_group": request.user.has_perm(MAY_GROUP),
            "page": page,
            "page_before": page - 1 if page > 1 else 0,
            "next_page": page + 1 if total > start + ON_A_PAGE else 0,
        }

    def _do(self, request: HttpRequest, workshop: Workshop, form: ProposalForm) -> HttpResponse | None:
        told = {"at": request.arrived_at, "by": request.user}
        deed = request.POST.get("do", "")
        if deed == "propose":
            if not form.is_valid():
                return None
            self._propose(request, workshop, form.cleaned_data, told)
        elif deed == "fill":
            placed = grouping.fill_up(workshop, **told)
            words = ngettext("%(n)d person has a group now.", "%(n)d people have a group now.", placed)
            messages.success(request, words % {"n": placed})
        elif deed == "places":
            self._change_places(request, workshop, told)
        elif deed == "names":
            names = _by_number(request, "name-")
            grouping.rename(workshop, {number: words[0] for number, words in names.items()}, **told)
            messages.success(request, _("The names are kept."))
        elif deed in ("publish", "hide"):
            grouping.publish(workshop, deed == "publish", **told)
            messages.success(
                request,
                _("Registrants see their group on their own page now.")
                if deed == "publish"
                else _("Registrants do not see the groups any more."),
            )
        return self.back(workshop, "groups")

    def _propose(self, request: HttpRequest, workshop: Workshop, said: dict, told: dict) -> None:
        number = grouping.how_many(
            len(grouping.people_of(workshop)), size=said["size"], number=said["number"]
        )
        grouping.regroup(workshop, number, **told)
        words = ngettext("%(n)d group is proposed.", "%(n)d groups are proposed.", number)
        messages.success(request, words % {"n": number})

    def _change_places(self, request: HttpRequest, workshop: Workshop, told: dict) -> None:
        was = _by_number(request, "was-")
        wishes = {
            pk: (_number(was[pk][0]) if pk in was else None, _number(values[0]))
            for pk, values in _by_number(request, "group-").items()
        }
        moved, left = grouping.change_places(workshop, wishes, **told)
        words = ngettext("%(n)d person has moved.", "%(n)d people have moved.", moved)
        messages.success(request, words % {"n": moved})
        if left:
            words = ngettext(
                "%(n)d person was moved by somebody else meanwhile and stays there.",
                "%(n)d people were moved by somebody else meanwhile and stay there.",
                left,
            )
            messages.warning(request, words % {"n": left})

    def groups_print_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One list a group, to print or to read out."""
        workshop = self.workshop_for(request, pk, *MAY_SEE)
        people = defaultdict(list)
        for each in workshop.registrations.seated().exclude(group=None).order_by("name", "pk"):
            people[each.group_id].append(group_row(each, number=0))
        groups = [{"group": group, "people": people[group.pk]} for group in workshop.groups.all()]
        return self.page(request, workshop, "groups_print", _("Breakout groups"), {"groups": groups})


def group_row(registration: Registration, number: int | None = None) -> dict:
    if number is None:
        number = registration.group.number if registration.group else 0
    return {
        "pk": registration.pk,
        "number": number,
        "name": registration.name,
        "organisation": registration.organisation,
        "country": country_name(registration.country),
        "level": str(dict(LEVELS).get(registration.level, registration.level)),
        "role": registration.role,
    }


def _by_number(request: HttpRequest, prefix: str) -> dict[int, list[str]]:
    """What was sent under ``prefix`` and a number, by that number."""
    named = (
        (name.removeprefix(prefix), values)
        for name, values in request.POST.lists()
        if name.startswith(prefix)
    )
    return {int(rest): values for rest, values in named if rest.isdecimal() and len(rest) < 12}


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and 0 < len(value) < 6 and int(value) else None
