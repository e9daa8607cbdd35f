"""The settings of a round, as staff type them: the promise to authors is a day, through its end.

Once a review has begun, whoever changes how it is made says why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.times import end_of
from people.typing_in import SeenMixin, WhyField, valid_year
from reviews.models import Round


class RoundForm(SeenMixin):
    promised_at = forms.DateField(
        label=_("promised to authors"),
        required=False,
        validators=[valid_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "The last day, through its end, by which every author has our decision. Shown on their pages."
        ),
    )

    why = WhyField()

    class Meta:
        model = Round
        fields = ("readers_per_case", "days_to_read", "discuss_from", "blind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        round_: Round | None = kwargs.get("instance")
        if round_ and round_.promised_at:
            day = round_.promised_at.astimezone(round_.call.zone).date()
            kwargs["initial"] = {"promised_at": day, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        self.look_whether_it_changed()
        changed = set(self.changed_data) - {"why", "seen"}
        if changed and not said.get("why") and not self.instance.rubric_is_open:
            self.add_error("why", _("The review has begun. Say why this is changed."))
        return said

    def clean_promised_at(self) -> datetime | None:
        day = self.cleaned_data["promised_at"]
        if day is None:
            return None
        return end_of(day, self.instance.call.zone)

    def save(self, commit: bool = True) -> Round:
        self.instance.promised_at = self.cleaned_data["promised_at"]
        return super().save(commit)
