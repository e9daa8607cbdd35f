"""Every button of the review, pressed as each role: it does something for those whose work it is, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from people.models import User
from people.typing_in import fingerprint
from reviews import asking, assigning, deciding, reviewing, rubric
from reviews.admin.rubric_form import ANCHORS
from reviews.deciding import Verdict
from reviews.models import Assignment, Criterion, Dossier, Reviewer
from tests.makers import make_staff
from tests.reviews import who
from tests.reviews.giving import screened
from tests.reviews.makers import give, make_boss, make_dossier, make_reviewer
from tests.reviews.who import BOSS, EDITOR, MANAGER, REVIEWER, ROLES
from tests.roof.test_office_doors import entered, everything

pytestmark = pytest.mark.django_db

HOLD = Verdict("hold", "We wait for the evaluation.")
TESTS = dict.fromkeys(("public_sector", "novel", "implemented", "impact"), "yes")
MANAGING, DESK = {MANAGER, BOSS}, {EDITOR, MANAGER, BOSS}
READING = {REVIEWER, MANAGER, BOSS}

#: Whose press does something.
WHO: dict[str, set[str]] = {
    "screen": DESK,
    "open the next case to screen": DESK,
    "say that one has looked": DESK,
    "accept the plan": MANAGING,
    "give by hand": MANAGING,
    "take back": MANAGING,
    "set another due date": MANAGING,
    "add a reviewer": MANAGING,
    "change a reviewer": MANAGING,
    "take back what a reviewer has not finished": MANAGING,
    "ask the author": DESK,
    "close a question": DESK,
    "move a question": DESK,
    "decide": MANAGING,
    "decide many": MANAGING,
    "release": MANAGING,
    "change the round": MANAGING,
    "change the rubric": MANAGING,
    "count": DESK,
    "export": MANAGING,
    "print a shortlist": MANAGING,
    "say that there is no conflict": READING,
    "declare a conflict": READING,
    "save a review": READING,
    "save a review by script": READING,
    "finish a review": READING,
    "save somebody else's review": set(),
    "finish somebody else's review": set(),
    "declare a conflict for somebody else": set(),
}


#: Pages without a button of their own.
ONLY_READ = ("_changelist", "_history", "_delete", "_file", "_figures", "_ranking", "_discuss", "_pdf")
ONLY_READ += ("reviews_dossier_change", "reviews_dossier_add", "reviews_round_add", "reviews_assignment_add")


class Office:
    """One case at each step of the review, and what each press sends, by somebody who reads one of them."""

    def __init__(self, user: User):
        self.user, self.at = user, timezone.now()
        self.lea = make_reviewer("Lea M.")
        self.jo = make_reviewer("Jo P.")
        self.new, self.waiting = make_dossier(), screened()
        self.reading, self.pending = screened(), screened()
        self.given = give(self.reading, self.lea, at=self.at)
        self.question = asking.ask(self.reading, words="Who pays?", by=make_boss(), at=self.at)
        Dossier.objects.filter(pk=self.reading.pk).update(came_back_at=self.at)
        seen = deciding.plan([self.pending.pk], HOLD, by=make_boss(), at=self.at).fingerprint
        (self.decision,) = deciding.decide([self.pending.pk], HOLD, seen=seen, by=make_boss(), at=self.at)
        self.own = give(screened(), make_reviewer(user=user), at=self.at)
        self.open = give(screened(), Reviewer.objects.get(user=user), at=self.at)
        for each in (self.given, self.open):
            reviewing.clear(each, at=self.at)
        self.somebody = make_staff("somebody@oecd.example")
        self.later = (self.at + timedelta(days=30)).date().isoformat()

    def presses(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """What is sent, and whither."""
        deciding_seen = deciding.plan([self.waiting.pk], HOLD, by=self.user, at=self.at).fingerprint
        verdict = {"outcome": HOLD.outcome, "reasons": HOLD.reasons, "seen": deciding_seen, "act": "confirm"}
        plan = assigning.plan_of(self.waiting.round).fingerprint
        whole = {f"score-{key}": "3" for key in Criterion.objects.values_list("key", flat=True)}
        whole |= {"advice": "publish", "version": "0"}
        in_force = {"active": "on", "cap": 20, "languages": ["en"]}
        criterion = {f"new-{name}_en": "Clear" for name in ("title", "question", *ANCHORS)}
        criterion |= {"new-weight": 1, "new-position": 1, "seen": rubric.seen(Criterion.objects.all())}
        question = self.question.pk
        return {
            "screen": self.dossier("screening", self.new, **TESTS, version=0, read=1),
            "open the next case to screen": (reverse("admin:reviews_dossier_screen_next"), {}),
            "say that one has looked": self.dossier("looked", self.reading, seen=self.at.isoformat()),
            "accept the plan": self.round("plan", do="accept", fingerprint=plan),
            "give by hand": self.dossier("give", self.reading, do="give", reviewer=self.jo.pk, reason="Now."),
            "take back": self.dossier(
                "give", self.reading, do="take-back", assignment=self.given.pk, reason="Ill."
            ),
            "set another due date": self.dossier(
                "give", self.reading, do="due", assignment=self.given.pk, due=self.later
            ),
            "add a reviewer": (
                reverse("admin:reviews_reviewer_add"),
                in_force | {"user": self.somebody.pk},
            ),
            "change a reviewer": (
                reverse("admin:reviews_reviewer_change", args=[self.lea.pk]),
                in_force | {"seen": fingerprint(self.lea)},
            ),
            "take back what a reviewer has not finished": (
                reverse("admin:reviews_reviewer_take_back", args=[self.lea.pk]),
                {"do": "take-back", "reason": "Ill."},
            ),
            "ask the author": self.dossier(
                "ask", self.waiting, act="ask", question="How many?", due_at_day=self.later
            ),
            "close a question": self.dossier("ask", self.reading, act=f"close:{question}"),
            "move a question": self.dossier(
                "ask", self.reading, act=f"move:{question}", **{f"q{question}-due_at_day": self.later}
            ),
            "decide": self.dossier("decide", self.waiting, **verdict),
            "decide many": (
                reverse("admin:reviews_dossier_decide_many"),
                verdict | {"cases": self.waiting.case.reference},
            ),
            "release": self.round("release", act="release", decisions=self.decision.pk, outcome="hold"),
            "change the round": self.round(
                "change",
                readers_per_case=3,
                days_to_read=9,
                discuss_from="2",
                seen=fingerprint(self.new.round),
            ),
            "change the rubric": self.round("rubric", **criterion),
            "count": self.round("count"),
            "export": (reverse("admin:reviews_dossier_export", args=["reviews", "csv"]), {}),
            "print a shortlist": (reverse("admin:reviews_dossier_shortlist"), {}),
            "say that there is no conflict": self.pile(self.own, do="clear"),
            "declare a conflict": self.pile(self.own, do="conflict", reason="My sister runs it."),
            "save a review": self.pile(self.open, **whole, do="save"),
            "save a review by script": self.pile(self.open, "save", **whole),
            "finish a review": self.pile(self.open, **whole, do="finish"),
            "save somebody else's review": self.pile(self.given, "save", **whole),
            "finish somebody else's review": self.pile(self.given, **whole, do="finish"),
            "declare a conflict for somebody else": self.pile(self.given, do="conflict", reason="Theirs."),
        }

    def dossier(self, page: str, dossier: Dossier, **sent: Any) -> tuple[str, dict[str, Any]]:
        return reverse(f"admin:reviews_dossier_{page}", args=[dossier.pk]), sent

    def round(self, page: str, **sent: Any) -> tuple[str, dict[str, Any]]:
        return reverse(f"admin:reviews_round_{page}", args=[self.new.round_id]), sent

    def pile(self, given: Assignment, page: str = "change", **sent: Any) -> tuple[str, dict[str, Any]]:
        return reverse(f"admin:reviews_assignment_{page}", args=[given.pk]), sent


def does_something(client: Client, before: dict[str, str], address: str, sent: dict[str, Any]) -> bool:
    """Whether anything is another than ``before``; afterwards it is as before."""
    with transaction.atomic():
        client.post(address, sent)
        after = everything()
        transaction.set_rollback(True)
    return after != before


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_does_what_is_its_own_to_do_and_nothing_else(role):
    client = entered(role)
    office = Office(User.objects.get(pk=client.session["_auth_user_id"]))
    presses = office.presses()
    assert presses.keys() == WHO.keys()

    before = everything()
    did = {name for name, press in presses.items() if does_something(client, before, *press)}

    assert did == {name for name, roles in WHO.items() if role in roles}


def test_every_address_of_the_review_that_writes_something_is_pressed_here():
    client = entered(BOSS)
    office = Office(User.objects.get(pk=client.session["_auth_user_id"]))
    pressed = {resolve(address).url_name for address, _sent in office.presses().values()}

    only_read = {name for name in {*who.WHO, *who.BUTTONS} if name.endswith(ONLY_READ)}
    assert {*who.WHO, *who.BUTTONS} - only_read == pressed
