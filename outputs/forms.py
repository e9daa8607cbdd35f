"""What staff type about an output besides its blocks: how it begins, how it goes out, why it is withdrawn."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outputs.blocks import LANGUAGES
from outputs.models import Output
from people.typing_in import LocalDateTimeField, instant_in

PARIS = ZoneInfo("Europe/Paris")


class BeginForm(forms.Form):
    """A new report, story or dialogue."""

    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=Output.Kind.choices)
    title = forms.CharField(
        label=gettext_lazy("title"), max_length=200, widget=forms.TextInput(attrs={"size": 80, "dir": "auto"})
    )
    language = forms.ChoiceField(
        label=gettext_lazy("written in"),
        choices=LANGUAGES,
        initial="en",
        help_text=gettext_lazy("Readers of another language get these words where theirs are missing."),
    )
    slug = forms.SlugField(
        label=gettext_lazy("address"),
        max_length=90,
        required=False,
        help_text=gettext_lazy(
            "Latin letters, digits and hyphens; empty: made of the title. It never changes."
        ),
        widget=forms.TextInput(attrs={"size": 60, "dir": "ltr"}),
    )

    def clean(self) -> dict:
        said = super().clean() or {}
        if not said.get("slug") and "slug" not in self.errors and said.get("title"):
            said["slug"] = slugify(said["title"])[:90].strip("-")
            if not said["slug"]:
                self.add_error("slug", _("Choose an address: none can be made of this title."))
        return said


class PublishForm(forms.Form):
    """What is different, and when it goes out."""

    note = forms.CharField(
        label=gettext_lazy("what is different from the version before"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80, "dir": "auto"}),
        help_text=gettext_lazy("Readers see it."),
    )
    publish_at = LocalDateTimeField(
        label=gettext_lazy("goes out at"),
        required=False,
        help_text=gettext_lazy("On the clocks of Paris. Only if it is to go out by itself later."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_publish_at(self) -> datetime | None:
        local = self.cleaned_data["publish_at"]
        return instant_in(local, PARIS) if local else None

    def needs_a_time(self) -> None:
        if not self.errors and not self.cleaned_data["publish_at"]:
            self.add_error("publish_at", ValidationError(_("Enter a day and a time.")))


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("what readers learn as the reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "dir": "auto"}),
    )
