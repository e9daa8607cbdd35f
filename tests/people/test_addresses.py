"""Mailboxes: one row for each, in one spelling; confirmed once; letters of one kind can be stopped."""

from datetime import UTC, datetime, timedelta

import pytest

from people.models import Address, User

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 5, 12, 12, 0, tzinfo=UTC)


def test_a_mailbox_has_one_row_however_its_address_is_typed():
    first = Address.objects.known("Marta@Example.org ", language="ar", time_zone="Africa/Nairobi", at=NOON)
    again = Address.objects.known(" marta@EXAMPLE.org", at=NOON + timedelta(days=1))

    assert first == again
    assert (again.email, again.language, again.time_zone) == ("marta@example.org", "ar", "Africa/Nairobi")
    assert again.created_at == NOON


def test_an_address_is_confirmed_once_and_keeps_the_first_instant():
    marta = Address.objects.known("marta@example.org", at=NOON)

    marta.confirm(NOON)
    marta.confirm(NOON + timedelta(days=1))
    Address.objects.get().confirm(NOON + timedelta(days=2))

    assert Address.objects.confirmed().get().confirmed_at == NOON


def test_stopping_one_kind_of_letter_leaves_the_others():
    marta = Address.objects.known("marta@example.org", at=NOON)

    for _click in range(2):
        marta.stop("reminder")

    marta.refresh_from_db()
    assert marta.stopped_kinds == ["reminder"]
    assert (marta.wants("reminder"), marta.wants("receipt")) == (False, True)


def test_staff_log_in_with_their_address_however_they_type_it():
    User.objects.create_user("Lea@OECD.example", "a long enough password")

    assert User.objects.get_by_natural_key(" LEA@oecd.example").check_password("a long enough password")
