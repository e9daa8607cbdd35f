"""The staff login of a machine on which somebody tries the portal out."""

import io
import stat

import pytest
from django.core.management import CommandError, call_command

from people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def printed() -> str:
    out = io.StringIO()
    call_command("make_local_staff", stdout=out)
    return out.getvalue().strip()


def test_the_printed_password_opens_the_office(machine):
    email, password = printed().split()

    staff = User.objects.get(email=email)
    assert staff.check_password(password)
    assert staff.is_staff and staff.is_superuser
    assert stat.S_IMODE((machine / "staff-password").stat().st_mode) == 0o600


def test_every_start_prints_the_same_login():
    assert printed() == printed()
    assert User.objects.count() == 1


def test_a_password_chosen_in_the_admin_is_left_alone():
    email, _password = printed().split()
    staff = User.objects.get(email=email)
    staff.set_password("chosen by hand")
    staff.save()

    assert printed() == "staff@localhost, with the password that you chose in the admin"
    staff.refresh_from_db()
    assert staff.check_password("chosen by hand")


def test_a_lost_password_file_gives_a_new_password(machine):
    before = printed()
    (machine / "staff-password").unlink()

    after = printed()

    assert after != before
    assert User.objects.get().check_password(after.split()[1])


def test_a_fresh_database_takes_the_login_again():
    printed()
    User.objects.all().delete()

    email, password = printed().split()

    assert User.objects.get(email=email).check_password(password)


def test_a_public_portal_gets_no_such_login(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.production")

    with pytest.raises(CommandError, match="createsuperuser"):
        printed()

    assert not User.objects.exists()
