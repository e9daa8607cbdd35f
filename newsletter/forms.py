"""What people type and tick to get news. Nothing is ticked before they tick it."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from newsletter.models import Topic
from people.forms import HoneypotMixin, MailboxField, portal_helper


def _topics(**more) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("Write to me about"),
        choices=Topic.choices,
        widget=forms.CheckboxSelectMultiple,
        **more,
    )


class SubscribeForm(HoneypotMixin, forms.Form):
    """An address and what it wants to hear of; the mailbox is asked before anything is sent to it."""

    topics = _topics(error_messages={"required": gettext_lazy("Tick what you want to hear of")})
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": "in", "autocomplete": "email", "dir": "ltr", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.org"),
        },
    )

    use_required_attribute = False
    helper = portal_helper("topics", "email")


class PreferencesForm(forms.Form):
    """What a reader gets. Without any topic they leave."""

    topics = _topics(required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the letters"),
        widget=forms.Select(attrs={"class": "in"}),
    )

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]
        self.helper = portal_helper(*self.fields)
