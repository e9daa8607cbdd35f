"""How easy people found the form."""

from django.contrib import admin

from cases.models import FormFeedback
from people.admin import ReadOnly


@admin.register(FormFeedback)
class FormFeedbackAdmin(ReadOnly):
    """It cannot be told whose answer it is: no case, no person, and the day alone."""

    list_display = ["day", "call", "ease", "words"]
    list_display_links = None
    list_select_related = ["call"]
    list_filter = ["ease"]
    ordering = ["-pk"]
    actions = None

    @admin.display(description=FormFeedback._meta.get_field("at").verbose_name)
    def day(self, feedback: FormFeedback) -> str:
        return feedback.at.date().isoformat()
