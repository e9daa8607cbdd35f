"""The addresses of this room, below the language."""

from django.urls import path

from cases.views import agreement, colleagues, copies, partner, public, public_files, writing

app_name = "cases"

urlpatterns = [
    path("call/", public.call, name="call"),
    path("call/questions/", public.questions, name="questions"),
    path("call/questions.docx", public.questions_docx, name="questions_docx"),
    path("call/questions.txt", public.questions_txt, name="questions_txt"),
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
    path("draft/<str:code>/public-version/", agreement.public_version, name="public_version"),
    path(
        "draft/<str:code>/public-version/<str:picture_code>-<int:width>.webp",
        agreement.picture,
        name="picture_of_draft",
    ),
    path("draft/<str:code>/<slug:section_key>/", writing.section, name="section"),
    path("draft/<str:code>/<slug:section_key>/autosave/", writing.autosave, name="autosave"),
    path("partner/<int:pk>/", partner.confirm, name="confirm_case"),
    path("partner/<int:pk>/<str:picture_code>-<int:width>.webp", partner.picture, name="picture_for_partner"),
    path("cases/<slug:slug>/files/<str:code>/", public_files.file, name="public_file"),
    path("my/case/<int:pk>/", colleagues.open_mine, name="open_mine"),
]
