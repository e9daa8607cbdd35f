"""What staff type about the public version of a case: its text, and why they do something with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import answers, comparing, editions, preparing, publishing
from cases.models import Badge, PublicCase
from cases.questions import CASE_LANGUAGES, INSTRUMENTS, MECHANISMS, SECTORS, STAGES
from people.texts import in_language

CHOICES = {"sectors": SECTORS, "stages": STAGES, "mechanisms": MECHANISMS, "instruments": INSTRUMENTS}
MOST_LINKS, MOST_TAGS = 10, 20
FIRST_YEAR, LAST_YEAR = 1900, 2199


def box(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 80, "dir": "auto"})


class LinesField(forms.CharField):
    """Text as people type it, with the line ends that the portal keeps."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n").strip()


class EditForm(forms.Form):
    """The whole text of a public version. ``version`` is the number of the draft that it was begun on.

    ``theirs`` has, by field, what somebody else saved meanwhile; ``take_turns`` fills it in.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, public: PublicCase, *args: Any, **kwargs: Any):
        self.public = public
        self.theirs: dict[str, str] = {}
        super().__init__(*args, **kwargs)
        self._add_fields()
        self.initial = {**values_of(public.draft, self), "version": public.draft_version}

    def _add_fields(self) -> None:
        line, name_of = forms.TextInput(attrs={"size": 80, "dir": "auto"}), comparing.name_of
        add = self.fields.__setitem__
        for key in ("title", "title_english"):
            add(
                key, forms.CharField(label=name_of(key), max_length=200, required=key == "title", widget=line)
            )
        add("language", forms.ChoiceField(label=name_of("language"), choices=[("", "–"), *CASE_LANGUAGES]))
        for key in ("short", "short_english"):
            field = LinesField(label=name_of(key), max_length=700, required=key == "short", widget=box(4))
            add(key, field)
        for key in editions.SECTION_KEYS:
            most = max(preparing.limits_of(key), 2_000)
            label = editions.label_of_section(key)
            add(f"section-{key}", LinesField(label=label, max_length=most, required=False, widget=box(8)))
        add(
            "organisation",
            forms.CharField(label=name_of("organisation"), max_length=300, required=False, widget=line),
        )
        for number, place in enumerate(self.public.draft["jurisdictions"]):
            words = answers.place(place)
            label = _("Name of the place: %(place)s") % {"place": words}
            add(
                f"place-{number}-name",
                forms.CharField(label=label, max_length=200, required=False, widget=line),
            )
            label = _("Organisation: %(place)s") % {"place": words}
            add(
                f"place-{number}-organisation",
                forms.CharField(label=label, max_length=300, required=False, widget=line),
            )
        for key, choices in CHOICES.items():
            field = forms.MultipleChoiceField(
                label=name_of(key), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )
            add(key, field)
        add("tags", forms.CharField(label=name_of("tags"), max_length=600, required=False, widget=line,
                                    help_text=_("Separated by commas.")))  # fmt: skip
        add(
            "year",
            forms.IntegerField(
                label=name_of("year"), required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR
            ),
        )
        for key in ("website", "video"):
            add(
                key,
                forms.CharField(
                    label=name_of(key),
                    max_length=500,
                    required=False,
                    widget=forms.URLInput(attrs={"size": 80}),
                ),
            )
        add("links", LinesField(label=name_of("links"), max_length=3_000, required=False, widget=box(4),
                                help_text=_("One address a line.")))  # fmt: skip
        self._add_files()

    def _add_files(self) -> None:
        self.pictures = list(preparing.pictures_to_show(self.public.made_from))
        for file in self.pictures:
            code, add = file["code"], self.fields.__setitem__
            named = {"name": file["name"]}
            add(
                f"show-{code}",
                forms.BooleanField(label=_("Show the picture %(name)s") % named, required=False),
            )
            add(f"alt-{code}", forms.CharField(
                label=_("What it shows, for people who cannot see it: %(name)s") % named,
                max_length=preparing.LONGEST_ALT, required=False, widget=forms.TextInput(attrs={"size": 80, "dir": "auto"}),
            ))  # fmt: skip
            add(f"caption-{code}", forms.CharField(
                label=_("Caption: %(name)s") % named, max_length=preparing.LONGEST_CAPTION, required=False,
                widget=forms.TextInput(attrs={"size": 80, "dir": "auto"}),
            ))  # fmt: skip
            add(f"place-of-{code}", forms.IntegerField(
                label=_("Place in the row: %(name)s") % named, min_value=1, max_value=99, required=False
            ))  # fmt: skip
        offered = [(file["code"], file["name"]) for file in preparing.files_to_offer(self.public.made_from)]
        if offered:
            self.fields["files"] = forms.MultipleChoiceField(
                label=_("Files to offer as downloads"),
                choices=offered,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_(
                    "They are given out as they were handed in; the author is told what each carries."
                ),
            )

    # -- Checking --------------------------------------------------------------------------------------------------

    def clean(self) -> dict:
        said = super().clean()
        for key in ("website", "video"):
            if said.get(key) and not answers.is_web_address(said[key]):
                self.add_error(key, _("Enter a web address that starts with https://"))
        links = answers.links_of(said.get("links", ""))
        if len(links) > MOST_LINKS:
            self.add_error("links", _("Enter at most %(n)s links") % {"n": MOST_LINKS})
        for link in links:
            if not answers.is_web_address(link):
                self.add_error(
                    "links",
                    _("Mend this link, it has to start with https://: %(link)s") % {"link": link[:80]},
                )
        if len(answers.tags_of(said.get("tags", ""))) > MOST_TAGS:
            self.add_error("tags", _("Enter at most %(n)s tags") % {"n": MOST_TAGS})
        for file in self.pictures:
            if said.get(f"show-{file['code']}") and not (said.get(f"alt-{file['code']}") or "").strip():
                self.add_error(f"alt-{file['code']}", _("Say what the picture shows."))
        return said

    def shown_pictures(self) -> list[str]:
        """The codes of the files whose pictures are to be shown, in their order."""
        said = self.cleaned_data
        chosen = [file["code"] for file in self.pictures if said.get(f"show-{file['code']}")]
        return sorted(chosen, key=lambda code: said.get(f"place-of-{code}") or 99)

    def content(self, pictures: dict[str, Any]) -> dict[str, Any]:
        """The content that was typed; ``pictures`` are those made of the chosen files, by the code of the file."""
        said, draft = self.cleaned_data, self.public.draft
        offered = {file["code"]: file for file in preparing.files_to_offer(self.public.made_from)}
        return {
            **draft,
            **{
                key: said[key]
                for key in ("title", "title_english", "language", "short", "short_english", "organisation")
            },
            **{key: said[key] for key in ("website", "video", "year", *CHOICES)},
            "sections": preparing.sections_in_order(
                {key: said[f"section-{key}"] for key in editions.SECTION_KEYS}
            ),
            "jurisdictions": [
                {
                    **place,
                    "name": said[f"place-{number}-name"].strip(),
                    "organisation": said[f"place-{number}-organisation"].strip(),
                }
                for number, place in enumerate(draft["jurisdictions"])
            ],
            "tags": answers.tags_of(said["tags"]),
            "links": answers.links_of(said["links"]),
            "pictures": [
                {
                    "code": pictures[code].code,
                    "alt": said[f"alt-{code}"].strip(),
                    "caption": said[f"caption-{code}"].strip(),
                    "width": pictures[code].width,
                    "height": pictures[code].height,
                }
                for code in self.shown_pictures()
            ],
            "files": [
                {key: offered[code][key] for key in ("code", "name", "kind", "size")}
                for code in said.get("files", [])
                if code in offered
            ],
        }

    def take_turns(self, public: PublicCase) -> None:
        """Somebody else saved meanwhile: show what they wrote beside each field that says something else, and let the
        next press put this text in its place."""
        theirs = values_of(public.draft, self)
        for name, field in self.fields.items():
            mine = field.prepare_value(self.data.get(self.add_prefix(name), ""))
            if name in self.cleaned_data:
                mine = self.cleaned_data[name]
            if name != "version" and _plain(mine) != _plain(theirs.get(name)):
                field.theirs = _plain(theirs.get(name)) or _("(empty)")  # type: ignore[attr-defined]
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(public.draft_version)
        self.add_error(
            None,
            _(
                "Somebody else saved this while you were writing. What they wrote stands below each field that "
                "differs: saving again puts your text in its place."
            ),
        )


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(sorted(str(each) for each in value))
    return "" if value is None or value is False else str(value).strip()


def values_of(content: dict, form: EditForm) -> dict[str, Any]:
    """A content by the fields of the form."""
    content = editions.checked(content)
    sections = {section["key"]: section["text"] for section in content["sections"]}
    shown = {picture["code"]: (number, picture) for number, picture in enumerate(content["pictures"], 1)}
    made = {
        each.made_from.code: each.code
        for each in form.public.pictures.select_related("made_from")
        if each.made_from
    }
    values: dict[str, Any] = {
        **{key: content[key] for key in ("title", "title_english", "language", "short", "short_english")},
        **{key: content[key] for key in ("organisation", "website", "video", "year", *CHOICES)},
        **{f"section-{key}": sections.get(key, "") for key in editions.SECTION_KEYS},
        "tags": ", ".join(content["tags"]),
        "links": "\n".join(content["links"]),
        "files": [file["code"] for file in content["files"]],
    }
    for number, place in enumerate(content["jurisdictions"]):
        values[f"place-{number}-name"] = place["name"]
        values[f"place-{number}-organisation"] = place["organisation"]
    for file in form.pictures:
        number, picture = shown.get(made.get(file["code"], ""), (None, None))
        values[f"show-{file['code']}"] = picture is not None
        values[f"alt-{file['code']}"] = picture["alt"] if picture else file.get("alt", "")
        values[f"caption-{file['code']}"] = picture["caption"] if picture else ""
        values[f"place-of-{file['code']}"] = number
    return values


# -- Why ---------------------------------------------------------------------------------------------------------------


class AsLookedAtForm(forms.Form):
    """``seen`` is the number of the draft that the page showed: what was saved since is shown before it comes out."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def look_again(self, version: int) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = str(version)
        self.add_error(
            None,
            _("Somebody has saved another text since you looked at it. Please look at it, and press again."),
        )


class ReasonForm(forms.Form):
    """Why something is done; it stays in the history."""

    reason = LinesField(
        label=gettext_lazy("reason"),
        max_length=2000,
        widget=box(3),
        help_text=gettext_lazy(
            "Stays in the history of the case and cannot be erased, so name no private persons."
        ),
        error_messages={"required": gettext_lazy("Give a reason; it stays in the history.")},
    )


class AgreedForm(AsLookedAtForm, ReasonForm):
    """How and when an author said that they agree to the text that stands on the page."""

    field_order = ["reason", "seen"]


class LeaveForm(ReasonForm):
    """Taking down or archiving; where the case is cited, somebody has to have looked at the places."""

    act = forms.ChoiceField(
        label=gettext_lazy("what to do"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what to do.")},
    )
    seen = forms.BooleanField(
        label=gettext_lazy("I have seen where it is cited"),
        required=False,
    )

    field_order = ["act", "reason", "seen"]

    def __init__(self, choices: list[tuple[str, Any]], *args: Any, is_cited: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = choices
        self.is_cited = is_cited
        if not is_cited:
            del self.fields["seen"]

    def clean(self) -> dict:
        said = super().clean()
        if self.is_cited and said.get("act") != "show" and not said.get("seen"):
            self.add_error("seen", _("Look at the places first: their readers will miss the page."))
        return said


class CorrectForm(AsLookedAtForm):
    """The next edition: what readers are told, and why it needs no agreement where it is a slip of the pen."""

    note = LinesField(
        label=gettext_lazy("what is different, for readers"),
        max_length=publishing.LONGEST_NOTE,
        widget=box(3),
        help_text=gettext_lazy("Stands with the version for everybody to read, without your name."),
        error_messages={"required": gettext_lazy("Say to readers what is different.")},
    )
    small = forms.BooleanField(
        label=gettext_lazy("a small correction of ours, without asking the author again"),
        required=False,
        help_text=gettext_lazy("The author is told by letter what is different."),
    )
    reason = LinesField(
        label=gettext_lazy("why it needs no agreement"),
        required=False,
        max_length=2000,
        widget=box(2),
        help_text=gettext_lazy("Needed for a small correction; stays in the history."),
    )

    def clean(self) -> dict:
        said = super().clean()
        if said.get("small") and not said.get("reason"):
            self.add_error("reason", _("Say why it needs no agreement; it stays in the history."))
        return said


class PublishForm(AsLookedAtForm):
    note = LinesField(
        label=gettext_lazy("note with the first version, for readers"),
        required=False,
        max_length=publishing.LONGEST_NOTE,
        widget=box(2),
    )


class WordsForm(forms.Form):
    """Words that the author reads, or that say how something was solved."""

    words = LinesField(label=gettext_lazy("words"), max_length=5_000, widget=box(4))

    def __init__(self, label: Any, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label


class BadgesForm(forms.Form):
    badges = forms.ModelMultipleChoiceField(
        label=gettext_lazy("badges"),
        queryset=Badge.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = LinesField(
        label=gettext_lazy("reason"),
        required=False,
        max_length=2000,
        widget=box(2),
        help_text=gettext_lazy("Stays in the history of the case."),
    )


class BadgeForm(forms.ModelForm):
    """A badge; its key stands in addresses and exports, and so stays as it is."""

    class Meta:
        model = Badge
        fields = ["key", "name", "words"]

    def clean_name(self) -> dict[str, str]:
        name = self.cleaned_data["name"]
        if not in_language(name).strip():
            raise ValidationError(_("Give it a name."))
        return name
