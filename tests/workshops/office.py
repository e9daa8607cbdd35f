"""What the tests of the front desk share: staff who are logged in, and counting statements."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsi_portal.roles import make_groups
from tests.makers import make_staff
from tests.workshops.makers import MAY


def member(client: Client, group: str) -> Client:
    """Log in as Lea M., who is in one of the groups of staff."""
    make_groups(MAY)
    user = make_staff("lea@oecd.example")
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


def statements(client: Client, url: str) -> int:
    """How many statements a page costs that was looked at before."""
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
