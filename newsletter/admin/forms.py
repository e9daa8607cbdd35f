"""What staff type: an issue, its blocks, and when it leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter import pictures
from newsletter.models import Block, Issue, Picture, Topic
from newsletter.models.issue import ZONE
from people.typing_in import LocalDateTimeField, SeenMixin, instant_in


class IssueForm(SeenMixin, forms.ModelForm):
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("goes to readers of"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Issue
        fields = ["title", "opening", "topics"]

    def clean(self) -> dict:
        said = super().clean()
        self.look_whether_it_changed()
        return said


class BlockForm(forms.ModelForm):
    """One block. Each kind needs some of the texts; a picture that was taken stays taken when something else is wrong."""

    upload = forms.FileField(
        label=gettext_lazy("picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text=gettext_lazy(
            "JPEG or PNG, up to 20 MB. It is made anew: where and with what it was taken is left out."
        ),
    )
    kept = forms.CharField(label="", required=False, widget=forms.HiddenInput)
    url = forms.URLField(
        label=gettext_lazy("web address"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 60, "dir": "ltr"}),
        help_text=gettext_lazy("Of a link or button: https://…"),
    )

    class Meta:
        model = Block
        fields = ["position", "kind", "title", "words", "source", "alt", "url"]

    def __init__(self, *args: Any, at, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.at = at
        for field in self.fields.values():
            field.label = capfirst(field.label)
        if self.instance.picture_id:
            shown = {"n": self.instance.picture.width, "m": self.instance.picture.height}
            words = _("There is one, of %(n)d × %(m)d dots; another one takes its place.") % shown
            self.fields["upload"].help_text = f"{words} {self.fields['upload'].help_text}"

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        if url and not url.startswith(("https://", "http://")):
            raise ValidationError(_("Enter a web address that begins with https://"))
        return url

    def clean_upload(self) -> Picture | None:
        upload = self.cleaned_data["upload"]
        if not upload:
            return None
        try:
            picture = pictures.made_anew(upload, at=self.at)
        except pictures.NoPicture as error:
            raise ValidationError(str(error))
        typed = self.data.copy()
        typed[self.add_prefix("kept")] = picture.name
        self.data = typed
        return picture

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self._take_picture(said)
        needed = {
            Block.Kind.TEXT: ["words"],
            Block.Kind.QUOTATION: ["words", "source"],
            Block.Kind.LINK: ["title", "url"],
            Block.Kind.BUTTON: ["title", "url"],
            Block.Kind.PICTURE: ["alt"],
        }.get(said.get("kind"), [])
        for name in needed:
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("A block of this kind needs it."))
        is_bare = said.get("kind") == Block.Kind.PICTURE and not self.instance.picture
        if is_bare and "upload" not in self.errors:
            self.add_error("upload", _("Choose a picture."))
        return said

    def _take_picture(self, said: dict[str, Any]) -> None:
        name = said.get("kept")
        found = said.get("upload") or (name and Picture.objects.filter(name=name, blocks=None).first())
        if found:
            self.instance.picture = found


class LeavingForm(forms.Form):
    """When an issue leaves: now, or at an instant on the clock of Paris."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label=gettext_lazy("when it leaves"),
        choices=[
            (NOW, gettext_lazy("As soon as it is confirmed")),
            (LATER, gettext_lazy("At the time below")),
        ],
        widget=forms.RadioSelect,
    )
    local = LocalDateTimeField(
        label=gettext_lazy("day and time in Paris"),
        required=False,
        help_text=gettext_lazy("As clocks in Paris show it; the next page says it in full."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        said["due_at"] = None
        if said.get("when") == self.LATER and "local" not in self.errors:
            if not said.get("local"):
                self.add_error("local", _("Enter a day and a time."))
            else:
                try:
                    said["due_at"] = instant_in(said["local"], ZONE)
                except ValidationError as error:
                    self.add_error("local", error)
        return said
