"""One address, one insert."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from people.models import Event


def insert(request: HttpRequest) -> HttpResponse:
    event = Event.objects.create(
        at=timezone.now(), actor="portal", action="bench", object_kind="bench", object_id="1"
    )
    return HttpResponse(f"<!doctype html><title>Bench</title><p>{event.pk}")


urlpatterns = [path("", insert)]
