import pytest
from django.core.mail import EmailMessage

from outbox.delivery import deliver_due
from outbox.mailbox import without_inline_styles
from outbox.models import LocalLetter
from people.links import address_of
from tests.outbox.makers import NOON, post_hello

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail_stays_here(settings):
    settings.EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"


def test_on_a_machine_without_a_mail_server_letters_arrive_whole():
    message = post_hello()

    deliver_due(NOON)

    letter = LocalLetter.objects.get()
    assert (letter.to, letter.subject_line) == ("marta@kisumu.example", "Hello Marta")
    assert address_of(message.context["resume"]).encode() in bytes(letter.raw)
    assert message.message_id.encode() in bytes(letter.raw)


def test_any_mail_that_django_sends_arrives_there_too():
    assert EmailMessage("Hello", "Words", to=["amal@amman.example", "jo@oslo.example"]).send() == 1

    assert LocalLetter.objects.get().to == "amal@amman.example, jo@oslo.example"


def test_a_mail_is_undressed_for_a_page_with_a_strict_policy():
    worn = (
        "<!DOCTYPE html><html><head><style>p{color:red}</style><title>A &amp; B</title></head>"
        '<body class="letter" style="margin: 0"><p style="color:red" title="&quot;x&quot;">1 &lt; 2 &#233;</p><br></body></html>'
    )

    page = without_inline_styles(worn, stylesheet="/static/css/letter.css")

    assert page == (
        '<!DOCTYPE html><html><head><base target="_blank"><link rel="stylesheet" href="/static/css/letter.css">'
        "<title>A &amp; B</title></head>"
        '<body class="letter"><p title="&quot;x&quot;">1 &lt; 2 &#233;</p><br></body></html>'
    )
