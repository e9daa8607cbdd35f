"""What is asked of people who come to a workshop, and what they say afterwards."""

from __future__ import annotations

import re
from functools import lru_cache

from crispy_forms.utils import render_crispy_form
from django import forms
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from people.forms import CountrySelect, HoneypotMixin, MailboxField, NameField, portal_helper
from people.models import zone_named
from people.places import LEVELS, country_choices
from workshops import registering
from workshops.models import Registration

LONG = 1000


def _line(autocomplete: str = "") -> forms.TextInput:
    more = {"autocomplete": autocomplete} if autocomplete else {}
    return forms.TextInput(attrs={"class": "in", "dir": "auto", **more})


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "in", "rows": rows, "dir": "auto"})


class DetailsForm(forms.Form):
    """What somebody says of themselves, at registration and afterwards. Nothing is preset."""

    name = NameField(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("As the other participants should read it."),
        max_length=150,
        widget=_line("name"),
        error_messages={"required": gettext_lazy("Enter your name")},
    )
    organisation = forms.CharField(
        label=gettext_lazy("Organisation"),
        max_length=200,
        widget=_line("organization"),
        error_messages={"required": gettext_lazy("Enter the name of your organisation")},
    )
    country = forms.CharField(
        label=gettext_lazy("Country or territory"),
        widget=CountrySelect(attrs={"class": "in", "autocomplete": "country"}),
        error_messages={"required": gettext_lazy("Choose your country")},
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Level of government you work at or with"),
        choices=[("", pgettext_lazy("nothing chosen yet", "Choose")), *LEVELS],
        widget=forms.Select(attrs={"class": "in"}),
        error_messages={"required": gettext_lazy("Choose the level of government")},
    )
    role = forms.CharField(
        label=gettext_lazy("Your role"),
        help_text=gettext_lazy("We use it to mix the groups."),
        max_length=150,
        required=False,
        widget=_line("organization-title"),
    )
    hopes = forms.CharField(
        label=gettext_lazy("What do you hope to work on?"),
        max_length=LONG,
        required=False,
        widget=_text(),
    )
    brings = forms.CharField(
        label=gettext_lazy("Do you bring a case?"),
        help_text=gettext_lazy("A project across borders that you know. One or two sentences are enough."),
        max_length=LONG,
        required=False,
        widget=_text(),
    )
    access_needs = forms.CharField(
        label=gettext_lazy("What do you need to take part?"),
        help_text=gettext_lazy(
            "For example captions, sign language, documents beforehand. Only the organisers see this, and we "
            "delete it 14 days after the workshop."
        ),
        max_length=LONG,
        required=False,
        widget=_text(),
    )
    recording = forms.BooleanField(
        label=gettext_lazy("The plenary may be recorded while I speak or am seen"),
        help_text=gettext_lazy("Optional. Without it you take part just the same, and we leave you out."),
        required=False,
    )

    news = forms.BooleanField(
        label=gettext_lazy("Send me news of this programme, and invitations to its events"),
        help_text=gettext_lazy(
            "Optional, and begins once you have opened a link in one of our letters. You can stop it on your page."
        ),
        required=False,
    )

    use_required_attribute = False
    helper = portal_helper(
        *("name", "organisation", "country", "level", "role", "hopes", "brings", "access_needs"),
        *("recording", "news"),
    )

    def clean_country(self) -> str:
        country = self.cleaned_data["country"]
        if country not in dict(country_choices()):
            raise forms.ValidationError(_("Choose your country"))
        return country

    def details(self) -> dict[str, str]:
        """What the registration keeps, by the names of its fields."""
        kept = (
            "name",
            "organisation",
            "country",
            "level",
            "role",
            "hopes",
            "brings",
            "access_needs",
        )
        return {name: self.cleaned_data[name] for name in kept}


class RegistrationForm(HoneypotMixin, DetailsForm):
    """The one form between somebody and a seat."""

    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We send your calendar entry and your way in there."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": "in", "autocomplete": "email", "dir": "ltr", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.org"),
        },
    )
    terms = forms.BooleanField(
        label=gettext_lazy("You may use what I entered to run this workshop"),
        help_text=gettext_lazy(
            "To seat me, to write to me about it and to form the groups. It is kept for a year after the workshop, "
            "and erased earlier if I ask."
        ),
        error_messages={"required": gettext_lazy("Without this we cannot register you")},
    )
    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-zone": True}))

    field_order = [
        "name",
        "email",
        "organisation",
        "country",
        "level",
        "role",
        "hopes",
        "brings",
        "access_needs",
        "terms",
        "recording",
        "news",
        "nickname",
        "zone",
    ]
    helper = portal_helper(*(name for name in field_order if name not in ("nickname", "zone")))

    def clean_zone(self) -> str:
        zone = self.cleaned_data["zone"]
        return zone if zone_named(zone) else ""


@lru_cache(maxsize=16)
def blank(language: str) -> SafeString:
    """The empty form in a language, drawn once for each process: most who look at a workshop see just this."""
    with translation.override(language):
        return mark_safe(render_crispy_form(RegistrationForm()))  # noqa: S308 -- a form of ours, with nobody's words


#: Where the words of a field go in a form that is drawn ahead of them.
_ROOM = re.compile("\ue000([a-z_]+)\ue000")


def filled(registration: Registration, agreed: set[str]) -> SafeString:
    """The form of one's details with what stands, and what is agreed to (kinds of consent, as
    ``registering.agreed_to`` gives them). Most who see it never open it, so it is drawn once for each process and
    language, and only the words are put in; what was refused is drawn anew, with its errors."""
    recording, news = registering.RECORDING in agreed, registering.wants_news(agreed)
    drawn = _with_room(get_language() or "en", recording, news)
    for chosen in filter(None, (registration.country, registration.level)):
        drawn = drawn.replace(
            f'<option value="{escape(chosen)}">', f'<option value="{escape(chosen)}" selected>', 1
        )
    # In one go and last of all: what somebody wrote is never searched itself.
    return mark_safe(_ROOM.sub(lambda room: escape(getattr(registration, room[1])), drawn))  # noqa: S308 -- escaped


@lru_cache(maxsize=32)
def _with_room(language: str, recording: bool, news: bool) -> str:
    ticks = {"recording": recording, "news": news}
    room = {name: f"\ue000{name}\ue000" for name in DetailsForm.base_fields if name not in ticks}
    with translation.override(language):
        return render_crispy_form(DetailsForm(initial=room | ticks))


class AnswerForm(forms.Form):
    """Three questions afterwards; nothing is preset, and one answer is enough."""

    useful = forms.TypedChoiceField(
        label=gettext_lazy("How useful was it for your work, from 1 (not at all) to 5 (very)?"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, str(n)) for n in range(1, 6)],
        widget=forms.RadioSelect,
    )
    learned = forms.CharField(
        label=gettext_lazy("What do you take away?"), required=False, max_length=LONG, widget=_text()
    )
    better = forms.CharField(
        label=gettext_lazy("What should be better next time?"),
        required=False,
        max_length=LONG,
        widget=_text(),
    )
    use_required_attribute = False
    helper = portal_helper("useful", "learned", "better")

    def clean(self) -> dict:
        said = super().clean()
        if not self.errors and said.get("useful") is None and not (said["learned"] or said["better"]):
            raise forms.ValidationError(_("Choose a number from 1 to 5, or write a few words."))
        return said


def name_of(field: str) -> str:
    """What people call a field of these forms; "" for one that is in none of them."""
    for form in (RegistrationForm, AnswerForm):
        if field in form.base_fields:
            return str(form.base_fields[field].label)
    return ""
