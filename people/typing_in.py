"""What staff type in the office, whatever the room: instants as a clock shows them, and forms that two have open."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIRST_YEAR, LAST_YEAR = 2000, 2199


# -- Instants ------------------------------------------------------------------------------------------------------


def instant_in(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) that clocks in ``zone`` show as ``local`` (naive); the later one where they show it twice.

    Raises ValidationError for a time that the change to summer time leaves out.
    """
    instant = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ValidationError(
            _("On this day clocks in %(zone)s jump over this time. Choose another one."),
            params={"zone": zone.key},
        )
    return instant


def valid_year(value: date) -> None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("Enter a year between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


class LocalDateTimeField(forms.DateTimeField):
    """A day and a time on somebody's clock (naive); the form knows in which zone that clock hangs."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_validators = [valid_year]

    def to_python(self, value) -> datetime | None:
        instant = super().to_python(value)
        return instant.replace(tzinfo=None) if instant else None


class WhyField(forms.CharField):
    """Why something is changed, in as many characters as its history keeps."""

    widget = forms.TextInput(attrs={"size": 80, "dir": "auto"})

    def __init__(self, **kwargs: Any):
        usual: dict[str, Any] = {
            "label": gettext_lazy("why it is changed"),
            "required": False,
            "max_length": 100,
            "help_text": gettext_lazy("In a few words; they stay in the history."),
        }
        super().__init__(**usual | kwargs)


def named_by_a_place(zone_name: str) -> str:
    """«CET» is a zone too, but says winter all year round: nobody's clock is meant by it. Raises ValidationError."""
    if "/" not in zone_name and zone_name != "UTC":
        raise ValidationError(_("Enter a region and a city, such as Europe/Paris."))
    return zone_name


def key_in(text: str) -> int | None:
    """The key of a row, as a page sends it back; None for anything that is none, or that no database can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


# -- Forms that two people have open ---------------------------------------------------------------------------------


class SeenMixin(forms.ModelForm):
    """A form that remembers what stood in the row when it was opened. Names its boxes with a capital."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, label="")

    def __init__(self, *args, **kwargs):
        row = kwargs.get("instance")
        if row:
            kwargs["initial"] = {"seen": fingerprint(row), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)

    def look_whether_it_changed(self) -> None:
        """Say so when somebody else saved this row meanwhile; pressing «Save» again then keeps what stands here."""
        if not self.instance.pk or self.data.get(self.add_prefix("seen")) == self.initial["seen"]:
            return
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed[self.add_prefix("seen")] = self.initial["seen"]
        self.data = typed
        self.add_error(
            None,
            _(
                "Somebody else saved this while you were writing. Compare it in another window first: "
                "saving again puts what stands here in its place."
            ),
        )


def fingerprint(row: Model) -> str:
    """A short digest of all that people type into a row, to notice that somebody else saved meanwhile."""
    typed = (field.attname for field in row._meta.concrete_fields if field.editable)
    shown = {name: str(getattr(row, name)) for name in typed}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]
