"""The addresses of this room, below the language."""

from django.urls import path

from outputs.references import FOLDERS
from outputs.views import public

app_name = "outputs"

urlpatterns = [
    path("reports/", public.reports, name="reports"),
    path("stories/", public.stories, name="stories"),
    path("dialogues/", public.dialogues, name="dialogues"),
    path("reports/<slug:slug>.pdf", public.paper, {"kind": "report"}, name="report_pdf"),
    path(
        "reports/<slug:slug>/v/<int:number>.pdf", public.paper, {"kind": "report"}, name="report_version_pdf"
    ),
    path("outputs/preview/<int:pk>/", public.preview, name="preview"),
    path("dialogues/<slug:slug>/calendar.ics", public.calendar, name="dialogue_calendar"),
]
for _kind, _folder in FOLDERS.items():
    urlpatterns += [
        path(f"{_folder}/<slug:slug>/", public.output, {"kind": _kind}, name=_kind),
        path(
            f"{_folder}/<slug:slug>/v/<int:number>/", public.output, {"kind": _kind}, name=f"{_kind}_version"
        ),
        path(f"{_folder}/<slug:slug>/cite.<str:form>", public.cite, {"kind": _kind}, name=f"{_kind}_cite"),
    ]
