"""What registrants agreed to before there was a newsletter becomes a subscription, and the way back loses nothing."""

import importlib

import pytest
from django.apps import apps

from newsletter.models import Record, Subscription
from people.models import Consent
from tests.makers import DAY, NOON, make_address
from tests.newsletter.makers import ALL, make_reader

pytestmark = pytest.mark.django_db

step = importlib.import_module("newsletter.migrations.0003_take_over_consents")


def consent(address, kind: str, *, at=NOON) -> None:
    about = {"about_kind": "address", "about_id": str(address.pk)}
    Consent.objects.create(address=address, kind=kind, wording="2027.1", language="ar", given_at=at, **about)


def test_what_was_agreed_to_from_the_mailbox_is_confirmed_and_what_was_only_ticked_is_not():
    agreed, wished, both = (make_address() for _n in range(3))
    consent(agreed, "newsletter")
    consent(wished, "newsletter-wished")
    consent(both, "newsletter-wished", at=NOON)
    consent(both, "newsletter", at=NOON + DAY)
    consent(make_address(), "workshop-terms")

    step.take_over(apps, None)

    standing = dict(Subscription.objects.values_list("address", "state"))
    assert standing == {agreed.pk: "confirmed", wished.pk: "asked", both.pk: "confirmed"}
    reader = Subscription.objects.get(address=agreed)
    assert (reader.topics, reader.language, reader.confirmed_at) == (ALL, "ar", NOON)
    lines = Record.objects.filter(subscription=reader).values_list("what", "where", "wording")
    assert list(lines) == [
        ("asked", "workshop", "workshop-2027.1"),
        ("confirmed", "letter", "workshop-2027.1"),
    ]
    assert list(Consent.objects.values_list("kind", flat=True)) == ["workshop-terms"]


def test_the_way_back_makes_consents_of_them_again():
    address = make_address()
    consent(address, "newsletter")
    before = list(Consent.objects.values("address", "kind", "wording", "language", "given_at", "about_id"))
    step.take_over(apps, None)
    make_reader()

    step.give_back(apps, None)

    after = Consent.objects.values("address", "kind", "wording", "language", "given_at", "about_id")
    assert before[0] in list(after) and after.count() == 2
    assert not Subscription.objects.exists() and not Record.objects.exists()
