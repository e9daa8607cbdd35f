"""People who come to workshops: one at a browser, and a crowd behind everybody's back."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.parts.portal import Portal

#: Fifteen people for the twelve seats of the first session; three groups, three of the twelve have come.
CROWD = """
from datetime import timedelta
from django.utils import timezone
from people.models import Address, User
from workshops import grouping, registering, seating
from workshops.models import Registration, Workshop
names = ["Amina Diallo", "Bruno Costa", "Chen Wei", "Dalia Haddad", "Erik Lindqvist", "Fatou Ndiaye",
         "Giulia Bianchi", "Hiro Tanaka", "Ines Morales", "Jonas Weber", "Katarzyna Wójcik", "Leila Rahimi",
         "Mateo Fernández", "Nadia Popescu", "Oluwaseun Adeyemi"]
at = timezone.now()
workshop, other = Workshop.objects.order_by("starts_at")[:2]
boss = User.objects.first()
seating.change_capacity(workshop, 12, at=at, by=boss)
for n, name in enumerate(names):
    person = Address.objects.create(email=f"person{n}@desk.example", created_at=at, confirmed_at=at)
    details = {"name": name, "organisation": ("Ministry of Public Administration", "City of Lisbon")[n % 2],
               "country": ("KE", "FR", "KE", "PT", "IN", "AE", "FR")[n % 7], "level": ("local", "national", "regional")[n % 3],
               "role": ("Planner", "Policy adviser")[n % 2], "hopes": "", "brings": "", "access_needs": "Captions"}
    seating.take_seat(workshop, address=person, details=details, at=at - timedelta(minutes=20 - n))
grouping.regroup(workshop, 3, at=at, by=boss)
Registration.objects.filter(pk__in=[r.pk for r in workshop.registrations.seated()[:3]]).update(attended_at=at)
registering.take_answer(workshop.registrations.seated().first(), useful=4, learned="A map of people", better="More time", at=at)
result = {"workshop": workshop.pk, "registration": workshop.registrations.first().pk, "full": workshop.slug,
          "open": other.slug}
"""


def crowd(portal: Portal) -> dict:
    """The keys of the full session and of somebody in it, and the addresses of it («full») and the next («open»)."""
    return portal.python(CROWD)


def register(page: Page, email: str, session: int) -> str:
    """From the page of the series to one's own; returns its path. Somebody holds a seat, or waits, afterwards."""
    page.goto("/en/workshops/")
    page.locator(".sess > li").nth(session).get_by_role("link").click()
    page.get_by_label("Your name").fill("Marta Okello")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Organisation").fill("Kisumu County")
    page.get_by_label("Country or territory").select_option("KE")
    page.get_by_label("Level of government").select_option("local")
    page.get_by_label("You may use what I entered").check()
    page.locator("form .btn").last.click()
    page.wait_for_url(re.compile(r"/seat/\d+/$"))
    return page.url[page.url.index("/en/") :]
