"""Other people's cases, half of them handed in, other people's seats, and a member of staff who lists them. For a
database of the bench."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from bench.visitor import SAID
from cases.models import Call, Case, Colleague, Facet, Jurisdiction, Submission
from cases.models.submission import canonical, digest_of
from cases.questions import FORM_VERSION
from people.models import Address, User
from reviews.models import Dossier
from reviews.rubric import round_of
from reviews.taking_in import facts_computed
from workshops.models import Registration, Workshop

BATCH = 2000


def fill(wanted: int) -> None:
    """Bring the current call to ``wanted`` cases. Safe to repeat: what is there is counted."""
    at = timezone.now()
    call = Call.objects.current(at)
    begun = Case.objects.filter(call=call).count()
    for start in range(begun, wanted, BATCH):
        _add(call, range(start, min(start + BATCH, wanted)), at - timedelta(days=1))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _add(call: Call, numbers: range, at) -> None:
    addresses = Address.objects.bulk_create(
        Address(email=f"crowd{n}@example.org", created_at=at, confirmed_at=at) for n in numbers
    )
    cases = Case.objects.bulk_create(
        Case(
            call=call,
            begun_at=at,
            changed_at=at + timedelta(seconds=n),
            answers=SAID | {"title": f"Shared river {n}"},
            title=f"Shared river {n}",
            language="en",
        )
        for n in numbers
    )
    people = Colleague.objects.bulk_create(
        Colleague(case=case, address=address, name=f"Person {n}", role="author", joined_at=at)
        for n, case, address in zip(numbers, cases, addresses, strict=True)
    )
    authors = {person.case_id: person for person in people}
    handed_in = [(n, case) for n, case in zip(numbers, cases, strict=True) if n % 2]
    submissions = Submission.objects.bulk_create(
        _submission(n, case, authors[case.pk], at) for n, case in handed_in
    )
    for (n, case), submission in zip(handed_in, submissions, strict=True):
        case.reference, case.status = f"XB-{call.year}-9{n:06}", Case.Status.HANDED_IN
        case.latest, case.handed_in_at = submission, submission.arrived_at
    Case.objects.bulk_update(
        [case for _n, case in handed_in], ["reference", "status", "latest", "handed_in_at"], batch_size=500
    )
    _take_in(call, handed_in, at)
    Jurisdiction.objects.bulk_create(
        Jurisdiction(
            submission=submission,
            position=position,
            country=row["country"],
            level=row["level"],
            name=row["name"],
            is_lead=position == 1,
        )
        for submission in submissions
        for position, row in enumerate(SAID["jurisdictions"], 1)
    )
    Facet.objects.bulk_create(
        Facet(case=case, kind=kind, value=value)
        for _n, case in handed_in
        for kind, value in (
            ("country", "FR"),
            ("country", "DE"),
            ("level", "regional"),
            ("sector", "environment"),
        )
    )


def _take_in(call: Call, handed_in: list[tuple[int, Case]], at) -> None:
    """What the sweeps of the review would be busy with for some minutes; they may have begun."""
    round_ = round_of(call)
    dossiers = (
        Dossier(
            case=case,
            round=round_,
            submission=case.latest,
            opened_at=at,
            to_compare=False,
            to_count=False,
            **facts_computed(case.latest),
        )
        for _n, case in handed_in
    )
    Dossier.objects.bulk_create(dossiers, ignore_conflicts=True)


def _submission(n: int, case: Case, author: Colleague, at) -> Submission:
    content = canonical({"answers": {**SAID, "title": case.title}, "files": [], "form": FORM_VERSION})
    return Submission(
        case=case,
        number=1,
        arrived_at=at + timedelta(seconds=n),
        language="en",
        form_version=FORM_VERSION,
        title=case.title,
        organisation=SAID["organisation"],
        border_kind="international-subnational",
        content=content,
        digest=digest_of(content),
        by=author,
    )


def seat(wanted: int, *, days_before: int = 30) -> str:
    """Bring the first workshop, so many days before it starts, to ``wanted`` people who have a seat, and leave room for
    more; its slug. Safe to repeat: who is there is counted."""
    at = timezone.now()
    workshop = Workshop.objects.order_by("pk").first()
    workshop.capacity = wanted + 100_000
    workshop.starts_at = at + timedelta(days=days_before)
    workshop.ends_at = workshop.starts_at + timedelta(hours=2, minutes=30)
    workshop.save()
    there = workshop.registrations.count()
    for start in range(there, wanted, BATCH):
        _seat(workshop, range(start, min(start + BATCH, wanted)), at - timedelta(days=9))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return workshop.slug


def _seat(workshop: Workshop, numbers: range, at) -> None:
    addresses = Address.objects.bulk_create(
        Address(email=f"seated{n}@example.org", created_at=at, confirmed_at=at, time_zone="Africa/Nairobi")
        for n in numbers
    )
    Registration.objects.bulk_create(
        Registration(
            workshop=workshop,
            series_id=workshop.series_id,
            address=address,
            status=Registration.Status.SEATED,
            turn=n + 1,
            name=f"Person {n}",
            organisation="Kisumu County",
            country=("KE", "FR", "BR", "JP")[n % 4],
            level=("national", "regional", "local")[n % 3],
            role="Head of planning",
            hopes="How two cities can share one bus line.",
            registered_at=at,
            seated_at=at,
        )
        for n, address in zip(numbers, addresses, strict=True)
    )


def session_of_staff() -> str:
    """A signed-in member of staff; one row each time, which the bench throws away with its database."""
    email = "bench@portal.example"
    return session_of(
        User.objects.filter(email=email).first() or User.objects.create_superuser(email, None, name="Bench")
    )


def session_of(user: User) -> str:
    """The key of a session in which this member of staff is signed in."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return session.session_key or ""
