"""When the token of a form has run out: nothing that was typed is lost."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure as django_says

from cases.answers import name_of as name_in_a_case
from opsi_portal import held_in_the_office
from people.held import comes_from_elsewhere, words_held
from workshops.forms import name_of as name_at_a_workshop


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the words again with a fresh token. Other sites' forms get Django's plain refusal."""
    if not request.POST or comes_from_elsewhere(request):
        return django_says(request, reason=reason)
    if request.path.startswith("/admin/"):
        return held_in_the_office.after_a_stale_token(admin.site, request) or django_says(request, reason)
    return words_held(request, reason="stale", name_of=name_of)


def name_of(field: str) -> str:
    return name_in_a_case(field) or name_at_a_workshop(field)
