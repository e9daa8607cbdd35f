"""The addresses of this room, below the language."""

from django.urls import path, re_path

from cases.views import baseline, case, colleagues, copies, data, library, public, writing

app_name = "cases"

urlpatterns = [
    path("call/", public.call, name="call"),
    path("call/questions/", public.questions, name="questions"),
    path("call/questions.docx", public.questions_docx, name="questions_docx"),
    path("call/questions.txt", public.questions_txt, name="questions_txt"),
    path("cases/", library.library, name="library"),
    path("cases/data/", data.about_data, name="data"),
    path("cases/feed.atom", data.feed, name="feed"),
    re_path(r"^cases/export\.(?P<kind>csv|json|geojson)$", data.export, name="export"),
    path("cases/<slug:slug>/", case.case, name="case"),
    path("cases/<slug:slug>/v/<int:number>/", case.edition, name="edition"),
    re_path(r"^cases/(?P<slug>[\w-]+)/cite\.(?P<kind>bib|ris|txt)$", case.cite, name="cite"),
    re_path(
        r"^cases/(?P<slug>[\w-]+)/v/(?P<number>[0-9]{1,5})/cite\.(?P<kind>bib|ris|txt)$",
        case.cite,
        name="cite_edition",
    ),
    path("cases/<slug:slug>/og.png", case.og, name="og"),
    path("cases/<slug:slug>/qr.svg", case.qr, name="qr"),
    path("baseline/", baseline.baseline, name="baseline"),
    path("baseline/network/", baseline.network, name="network"),
    path("draft/", writing.start, name="start"),
    path("draft/<str:code>/", writing.overview, name="overview"),
    path("draft/<str:code>/check/", writing.check, name="check"),
    path("draft/<str:code>/hand-in/", writing.hand_in, name="hand_in"),
    path("draft/<str:code>/receipt/<int:number>/", copies.receipt, name="receipt"),
    path("draft/<str:code>/receipt/<int:number>.pdf", copies.receipt_pdf, name="receipt_pdf"),
    path("draft/<str:code>/feedback/", copies.feedback, name="feedback"),
    path("draft/<str:code>/colleagues/", colleagues.colleagues, name="colleagues"),
    path("draft/<str:code>/files/<str:file_code>/", copies.file, name="file"),
    path("draft/<str:code>/print/", copies.print_page, name="print"),
    path("draft/<str:code>/copy.txt", copies.copy_txt, name="copy_txt"),
    path("draft/<str:code>/copy.pdf", copies.copy_pdf, name="copy_pdf"),
    path("draft/<str:code>/withdraw/", writing.withdraw, name="withdraw"),
    path("draft/<str:code>/delete/", writing.delete, name="delete"),
    path("draft/<str:code>/ask-reopening/", writing.ask_reopening, name="ask_reopening"),
    path("draft/<str:code>/leave/", writing.leave, name="leave"),
    path("draft/<str:code>/<slug:section_key>/", writing.section, name="section"),
    path("draft/<str:code>/<slug:section_key>/autosave/", writing.autosave, name="autosave"),
    path("my/case/<int:pk>/", colleagues.open_mine, name="open_mine"),
]
