"""What staff type at the front desk: sessions with their times, letters, people on the phone, groups."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from people import times
from people.forms import CountrySelect, MailboxField, NameField
from people.models import zone_named
from people.places import LEVELS, country_choices
from people.typing_in import LocalDateTimeField, SeenMixin, instant_in, named_by_a_place
from workshops import grouping, writing
from workshops.models import Workshop

LONG = 1000
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w-]{2,63}")


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 80, "dir": "auto"})


class TimesMixin(forms.Form):
    """Beginning and end on the clocks of the workshop's zone; they clean to instants in UTC."""

    starts_at = LocalDateTimeField(
        label=gettext_lazy("starts at"), help_text=gettext_lazy("In the time zone of the workshop.")
    )
    ends_at = LocalDateTimeField(
        label=gettext_lazy("ends at"), help_text=gettext_lazy("In the time zone of the workshop.")
    )

    def tell_instants(self, zone) -> None:
        """Turn what clocks show into instants, and say what is wrong with them."""
        said = self.cleaned_data
        for name in ("starts_at", "ends_at"):
            if name in said:
                local = said.pop(name)
                try:
                    said[name] = instant_in(local, zone)
                except ValidationError as error:
                    self.add_error(name, error)
        if said.get("starts_at") and said.get("ends_at") and said["ends_at"] <= said["starts_at"]:
            self.add_error("ends_at", _("The end has to be later than the beginning."))


# -- Sessions ----------------------------------------------------------------------------------------------------------


class WorkshopForm(TimesMixin, SeenMixin, forms.ModelForm):
    """A session. Its time is typed once, when it is made; later it moves with everybody being told."""

    meeting_url = forms.URLField(
        label=Workshop._meta.get_field("meeting_url").verbose_name,
        help_text=Workshop._meta.get_field("meeting_url").help_text,
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 80}),
    )

    class Meta:
        model = Workshop
        fields = "__all__"  # noqa: DJ007 – the office names the fields it shows
        widgets = {"phone": _text(3)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "title" in self.fields:
            self.fields["title"].help_text = _(
                "Everybody with a seat gets a letter when it changes; it renames the entry in their calendar."
            )
        if "status" in self.fields:
            cancelled = Workshop.Status.CANCELLED
            self.fields["status"].choices = [
                choice for choice in Workshop.Status.choices if choice[0] != cancelled
            ]

    def clean_meeting_url(self) -> str:
        address = self.cleaned_data["meeting_url"]
        if address and not address.lower().startswith(("https://", "http://")):
            raise ValidationError(_("Enter an address that begins with https://"))
        return address

    def is_another(self, name: str) -> bool:
        """Whether a box holds something else than what stood: browsers end lines in two signs, rows in one."""
        return self.initial.get(name) != self.cleaned_data.get(name)

    def clean_zone_name(self) -> str:
        return named_by_a_place(self.cleaned_data["zone_name"])

    def clean_domains(self) -> str:
        """One a line, in lower case, without the sign before it. Raises ValidationError for what is no domain."""
        typed = self.cleaned_data["domains"].replace(",", " ").split()
        domains = list(dict.fromkeys(word.lower().lstrip("@") for word in typed))
        for domain in domains:
            if not _DOMAIN.fullmatch(domain):
                raise ValidationError(
                    _("“%(domain)s” is nothing that an address ends in.") % {"domain": domain}
                )
        return "\n".join(domains)

    def clean_status(self) -> str:
        status = self.cleaned_data["status"]
        hides = status == Workshop.Status.HIDDEN and self.instance.status == Workshop.Status.OPEN
        if self.instance.pk and hides and self.instance.registrations.active().exists():
            raise ValidationError(_("People have registered, so it cannot be hidden. It can be cancelled."))
        return status

    def clean(self) -> dict:
        said = super().clean()
        self.look_whether_it_changed()
        if said.get("open_to") == Workshop.OpenTo.ORGANISATIONS and said.get("domains") == "":
            self.add_error("domains", _("Name at least one organisation, or let everybody register."))
        if {"starts_at", "ends_at"} & set(self.fields):
            zone = zone_named(self.cleaned_data.get("zone_name", ""))
            if zone is not None:  # else the error stands at the zone
                self.tell_instants(zone)
            else:
                for name in ("starts_at", "ends_at"):
                    said.pop(name, None)
        return said


class MoveForm(TimesMixin):
    """Another time, and why."""

    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        max_length=2000,
        widget=_text(2),
        help_text=gettext_lazy("Stays in the book of events; people are told the new time only."),
    )

    def __init__(self, workshop: Workshop, at: datetime, *args, **kwargs):
        self.workshop, self.at = workshop, at
        now = {
            name: getattr(workshop, name).astimezone(workshop.zone).replace(tzinfo=None)
            for name in ("starts_at", "ends_at")
        }
        super().__init__(*args, initial=now, **kwargs)
        for name in now:
            self.fields[name].help_text = _("On the clocks of %(city)s.") % {
                "city": times.city_name(workshop.zone)
            }

    def clean(self) -> dict:
        said = super().clean()
        self.tell_instants(self.workshop.zone)
        starts_at = said.get("starts_at")
        if starts_at and starts_at <= self.at:
            self.add_error("starts_at", _("This is over. Choose a time that is still to come."))
        if not self.errors and (starts_at, said["ends_at"]) == (
            self.workshop.starts_at,
            self.workshop.ends_at,
        ):
            self.add_error("starts_at", _("This is the time at which it stands."))
        return said


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("what people read as the reason"),
        max_length=1000,
        widget=_text(),
        help_text=gettext_lazy("One or two sentences. They stand in the letter as you type them."),
    )


# -- Letters ------------------------------------------------------------------------------------------------------------


class LetterForm(forms.Form):
    """A letter by hand: plain words, to everybody or to some."""

    to = forms.ChoiceField(label=gettext_lazy("to"))
    subject = forms.CharField(
        label=gettext_lazy("subject"),
        max_length=writing.LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"size": 80, "dir": "auto"}),
    )
    words = forms.CharField(
        label=gettext_lazy("letter"),
        max_length=writing.LONGEST,
        widget=_text(12),
        help_text=gettext_lazy(
            "Plain text; an empty line begins a paragraph. “Dear …” and the time of the workshop are added."
        ),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, workshop: Workshop, *args, listed=None, **kwargs):
        first = {"to": writing.LISTED} if listed else {}
        kwargs.setdefault("initial", {"token": secrets.token_hex(16), **first})
        super().__init__(*args, **kwargs)
        choices = writing.audiences(workshop)
        if listed:
            choices.insert(0, (writing.LISTED, _("Those in the list: %(words)s") % {"words": listed.words}))
        self.fields["to"].choices = choices

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())

    def clean_words(self) -> str:
        return self.cleaned_data["words"].replace("\r\n", "\n").strip()


# -- People -------------------------------------------------------------------------------------------------------------


class SessionField(forms.ModelChoiceField):
    """Sessions of a series share their title; people on the phone ask for a day."""

    def label_from_instance(self, workshop: Workshop) -> str:
        when = times.span(workshop.starts_at, workshop.ends_at, workshop.zone)
        return f"{when}: {workshop.title_text}"


class ByHandForm(forms.Form):
    """Somebody on the phone. Asked as on the page, and the terms are read to them."""

    workshop = SessionField(
        label=gettext_lazy("workshop"),
        queryset=Workshop.objects.none(),
        empty_label=pgettext_lazy("nothing chosen yet", "Choose"),
    )
    name = NameField(label=gettext_lazy("name"), max_length=150)
    email = MailboxField(
        label=gettext_lazy("e-mail address"),
        max_length=254,
        help_text=gettext_lazy("Spell it back. The letter with the calendar entry goes there."),
    )
    organisation = forms.CharField(label=gettext_lazy("organisation"), max_length=200)
    country = forms.CharField(label=gettext_lazy("country or territory"), widget=CountrySelect)
    level = forms.ChoiceField(
        label=gettext_lazy("level of government"),
        choices=[("", pgettext_lazy("nothing chosen yet", "Choose")), *LEVELS],
    )
    role = forms.CharField(label=gettext_lazy("role"), max_length=150, required=False)
    hopes = forms.CharField(
        label=gettext_lazy("hopes to work on"), max_length=LONG, required=False, widget=_text()
    )
    brings = forms.CharField(
        label=gettext_lazy("brings a case"), max_length=LONG, required=False, widget=_text()
    )
    access_needs = forms.CharField(
        label=gettext_lazy("access needs"), max_length=LONG, required=False, widget=_text()
    )
    terms = forms.BooleanField(
        label=gettext_lazy("I have read the terms to them, and they agree"),
        help_text=gettext_lazy(
            "We use what they told to seat them, to write to them about it and to form the groups. It is kept for a "
            "year after the workshop, and erased earlier if they ask."
        ),
    )
    recording = forms.BooleanField(
        label=gettext_lazy("They agree to be recorded in the plenary"), required=False
    )
    news = forms.BooleanField(
        label=gettext_lazy("They wish to get news of this programme"),
        help_text=gettext_lazy("It begins once they have opened a link in one of our letters."),
        required=False,
    )

    def __init__(self, at: datetime, *args, **kwargs):
        super().__init__(*args, **kwargs)
        open_ones = Workshop.objects.filter(status=Workshop.Status.OPEN, ends_at__gt=at)
        self.fields["workshop"].queryset = open_ones

    def clean_country(self) -> str:
        if self.cleaned_data["country"] not in dict(country_choices()):
            raise ValidationError(_("Choose a country."))
        return self.cleaned_data["country"]

    def details(self) -> dict[str, str]:
        """What the registration keeps, by the names of its fields."""
        kept = ("name", "organisation", "country", "level", "role", "hopes", "brings", "access_needs")
        return {name: self.cleaned_data[name] for name in kept}


class GivingBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        max_length=2000,
        widget=_text(2),
        help_text=gettext_lazy("Stays in the book of events; the letter does not tell it."),
    )


class ErasingForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=2000,
        widget=_text(2),
        help_text=gettext_lazy(
            "Stays in the book of events and cannot be erased, so name nobody: “Asked by mail on 3 June”."
        ),
    )


# -- Groups -------------------------------------------------------------------------------------------------------------


class ProposalForm(forms.Form):
    """How many to a group, how many groups, or both: then all who have a seat have to fit in."""

    size = forms.IntegerField(
        label=gettext_lazy("people in a group, at most"),
        required=False,
        min_value=grouping.SMALLEST,
        max_value=grouping.LARGEST,
    )
    number = forms.IntegerField(
        label=gettext_lazy("number of groups"), required=False, min_value=1, max_value=200
    )

    def __init__(self, people: int, *args, **kwargs):
        self.people = people
        super().__init__(*args, **kwargs)

    def clean(self) -> dict:
        said = super().clean()
        size, number = said.get("size"), said.get("number")
        if self.errors:
            return said
        if not size and not number:
            raise ValidationError(_("Enter a size, a number of groups, or both."))
        if size and number and size * number < self.people:
            room = {"number": number, "size": size, "room": size * number, "people": self.people}
            raise ValidationError(
                _(
                    "%(number)s groups of at most %(size)s have room for %(room)s, and %(people)s people have a seat."
                )
                % room
            )
        return said
