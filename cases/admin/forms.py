"""What staff type: instants as people say them, in the zone of the call, and reasons."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Call, Example
from cases.questions import QUESTIONS
from people import times
from people.models import zone_named
from people.texts import TranslatedFormField
from people.typing_in import LocalDateTimeField, SeenMixin, instant_in, named_by_a_place, valid_year

MINUTE = timedelta(minutes=1)
#: The last minute of a day.
DAY_ENDS = time(23, 59)


# -- Instants ------------------------------------------------------------------------------------------------------


class LastMinuteWidget(forms.MultiWidget):
    """A day, and a time for those who need one."""

    template_name = "admin/cases/last_minute.html"

    def __init__(self, attrs: dict | None = None):
        super().__init__(
            {
                "day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                "time": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            },
            attrs,
        )

    def decompress(self, value: datetime | None) -> list:
        """The day and time of a last minute (naive); the end of a day needs no time."""
        if value is None:
            return [None, None]
        return [value.date(), None if value.time() == DAY_ENDS else value.time()]


class LastMinuteField(forms.MultiValueField):
    """The last minute that counts, as people say a deadline: «21 May», or «21 May, 18:00». Cleans to a naive datetime.

    What is stored is the first instant that is too late: a minute later (see ``first_too_late``).
    """

    widget = LastMinuteWidget

    def __init__(self, **kwargs):
        fields = (
            forms.DateField(
                error_messages={"required": gettext_lazy("Enter a day.")}, validators=[valid_year]
            ),
            forms.TimeField(required=False),
        )
        kwargs.setdefault(
            "help_text",
            gettext_lazy("The last day, through its end. With a time, the last minute that still counts."),
        )
        kwargs.setdefault("error_messages", {"required": gettext_lazy("Enter a day.")})
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, values: list) -> datetime | None:
        if not values or not values[0]:
            return None
        return datetime.combine(values[0], (values[1] or DAY_ENDS).replace(second=0, microsecond=0))


def first_too_late(last_minute: datetime, zone: ZoneInfo) -> datetime:
    """The end of a naive last minute in ``zone``, as an instant (UTC). Raises ValidationError as ``instant_in`` does."""
    return instant_in(last_minute, zone) + MINUTE


def last_minute_in(instant: datetime, zone: ZoneInfo) -> datetime:
    """What staff would type for this first instant that is too late (naive)."""
    return times.last_minute(instant).astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


# -- The call --------------------------------------------------------------------------------------------------------


class CallForm(SeenMixin, forms.ModelForm):
    """A call; its instants are typed in its own zone. The deadline is here only until the first draft is begun."""

    opens_at = LocalDateTimeField(
        label=gettext_lazy("opens at"), help_text=gettext_lazy("In the time zone of the call.")
    )
    closes_at = LastMinuteField(label=gettext_lazy("deadline"))

    class Meta:
        model = Call
        fields = "__all__"  # noqa: DJ007 – the office names the fields it shows

    def __init__(self, *args, **kwargs):
        call = kwargs.get("instance")
        if call:
            local = call.opens_at.astimezone(call.zone).replace(tzinfo=None, second=0, microsecond=0)
            kwargs["initial"] = {
                "opens_at": local,
                "closes_at": last_minute_in(call.closes_at, call.zone),
                **(kwargs.get("initial") or {}),
            }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict:
        said = super().clean()
        self.look_whether_it_changed()
        for name, instant_of in (("opens_at", instant_in), ("closes_at", first_too_late)):
            if name in said:
                self._tell_instant(said, name, instant_of)
        if said.get("opens_at") and said.get("closes_at") and said["closes_at"] <= said["opens_at"]:
            self.add_error("closes_at", _("The deadline has to be later than the opening."))
        return said

    def _tell_instant(self, said: dict, name: str, instant_of) -> None:
        """Turn what a clock shows into an instant; an untouched one stays as it stood, to the second."""
        local, zone = said.pop(name), zone_named(self.cleaned_data.get("zone_name", ""))
        if zone is None:
            return  # the error stands at the zone
        if self.instance.pk and not {name, "zone_name"} & set(self.changed_data):
            said[name] = getattr(self.instance, name)
            return
        try:
            said[name] = instant_of(local, zone)
        except ValidationError as error:
            self.add_error(name, error)

    def clean_zone_name(self) -> str:
        return named_by_a_place(self.cleaned_data["zone_name"])

    def clean_grace_minutes(self) -> int:
        minutes = self.cleaned_data["grace_minutes"]
        if self.instance.pk and minutes < self.instance.grace_minutes and self.instance.cases.exists():
            raise ValidationError(
                _("The grace of %(n)s minutes is announced and people count on it; it can only grow now."),
                params={"n": self.instance.grace_minutes},
            )
        return minutes


class ExampleForm(forms.ModelForm):
    """An example answer to one of the questions that are answered at length."""

    question = forms.ChoiceField(label=gettext_lazy("question"))

    class Meta:
        model = Example
        fields = ["question", "words"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [(question.key, question.label) for question in QUESTIONS.values() if question.is_long]
        if self.instance.question and self.instance.question not in dict(choices):
            choices.append((self.instance.question, self.instance.question))  # asked by an older form
        self.fields["question"].choices = [("", "---------"), *choices]


# -- Deeds ---------------------------------------------------------------------------------------------------------


class ExtensionForm(forms.Form):
    """A later deadline and why, said in public."""

    closes_at = LastMinuteField(label=gettext_lazy("new deadline"))
    reason = TranslatedFormField(
        rows=2,
        label=gettext_lazy("why"),
        help_text=gettext_lazy("Shown on the page of the call and in the letter, without your name."),
    )

    def __init__(self, call: Call, *args, **kwargs):
        self.call = call
        super().__init__(*args, **kwargs)

    def clean_closes_at(self) -> datetime:
        instant = first_too_late(self.cleaned_data["closes_at"], self.call.zone)
        if instant <= self.call.closes_at:
            raise ValidationError(_("Choose a later deadline than the one that stands."))
        return instant

    def clean_reason(self) -> dict[str, str]:
        if not any(self.cleaned_data["reason"].values()):
            raise ValidationError(_("Say why."))
        return self.cleaned_data["reason"]


class ReopeningForm(forms.Form):
    """Until when one case may be changed and handed in, and why."""

    until = LastMinuteField(label=gettext_lazy("open until"))
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=2000,
        help_text=gettext_lazy("Stays in the history of the case; the author does not see it."),
    )

    def __init__(self, call: Call, *args, **kwargs):
        self.call = call
        super().__init__(*args, **kwargs)

    def clean_until(self) -> datetime:
        return first_too_late(self.cleaned_data["until"], self.call.zone)


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=2000,
        help_text=gettext_lazy(
            "Stays in the history of the case and cannot be erased, so name no private persons."
        ),
    )
