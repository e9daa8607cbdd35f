"""Every letter about public versions, as it leaves: whole, with a link that opens, and nothing that is not its reader's."""

import html5lib
import pytest
from django.test import Client

from cases import agreeing, partners, publishing, yearly
from cases.models import Case
from outbox.delivery import compose, preview_html
from outbox.models import OutboxMessage
from people import links
from tests.library.makers import agree, ask_partners, edit, fresh, make_prepared, say
from tests.makers import DAY, NOON, author_of, make_boss

pytestmark = pytest.mark.django_db

KINDS = {
    "agreement",
    "agreement-reminder",
    "agreement-recorded",
    "partner",
    "partner-reminder",
    "partner-suggests",
    "published",
    "corrected",
    "library",
    "kept-public",
    "still-true",
}


@pytest.fixture
def posted() -> dict[str, OutboxMessage]:
    """The newest letter of each kind, after a case has gone all its way."""
    public, lea = make_prepared(), make_boss()
    agreeing.ask(public, by=lea, at=NOON)
    agreeing.remind(NOON + 7 * DAY)
    found = ask_partners(public)
    partners.remind(NOON + 7 * DAY)
    say(found["bbbb2222"], partners.SUGGEST, "The river is called <Saar>.")
    agreeing.record_by_hand(public, reason="On the phone.", by=lea, at=NOON)
    publishing.publish(public, by=lea, at=NOON)
    public = agree(edit(fresh(public), title="Shared <warnings>"), at=NOON)
    publishing.correct(public, by=lea, at=NOON, note="The title.")
    publishing.ask_to_take_down(public, words="Please.", by=author_of(public.case), at=NOON)
    publishing.keep_public(public, words="Let us talk.", by=lea, at=NOON)
    yearly.ask_due(NOON + 365 * DAY)
    publishing.archive(public, reason="Ended.", by=lea, at=NOON + 366 * DAY)
    return {letter.kind: letter for letter in OutboxMessage.objects.select_related("address").order_by("pk")}


def test_every_letter_is_whole_and_says_where_it_leads(posted):
    assert set(posted) >= KINDS

    for kind in KINDS:
        letter = posted[kind]
        mail = compose(letter)
        html5lib.HTMLParser(strict=True).parse(preview_html(letter))
        assert mail.subject.strip(), kind
        assert "http" in mail.body, kind
        for marks in ("{{", "{%", "None", "&lt;"):
            assert marks not in mail.body, (kind, marks)


def test_every_link_opens_a_button_and_changes_nothing(posted):
    stranger = Client()

    for kind in KINDS:
        for name in ("link", "yes", "stop"):
            if name in posted[kind].context:
                address = links.address_of(posted[kind].context[name])
                answer = stranger.get("/l/" + address.partition("/l/")[2])
                ended = kind == "still-true" and name == "yes"
                assert answer.status_code == 200 or ended, (kind, name)


def test_letters_to_partners_tell_nothing_of_the_author_and_others_nothing_of_partners(posted):
    author = author_of(fresh_case(posted))

    for kind in KINDS:
        mail = compose(posted[kind]).body
        assert "partner.example" not in mail.replace("help@portal.example", ""), kind
        if kind.startswith("partner") and kind != "partner-suggests":
            assert author.name not in mail
            assert author.address.email not in mail


def fresh_case(posted):
    return Case.objects.get(pk=int(posted["published"].subject_id))


def test_a_correction_is_quoted_as_it_was_written(posted):
    assert "The river is called <Saar>." in compose(posted["partner-suggests"]).body
    assert "&lt;Saar&gt;" in preview_html(posted["partner-suggests"])
