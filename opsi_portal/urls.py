"""The front doors: pages under their language, links in letters and operations without."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from cases.views import api, public_files
from newsletter.views import public as news
from opsi_portal.views import crawlers, health, home, letter_links, my, pages, verify
from outputs.views import public as outputs

urlpatterns = [
    path("", home.to_language, name="root"),
    path("healthz", health.healthz, name="healthz"),
    path("l/stop/<str:token>", letter_links.stop, name="stop_link"),
    path("l/<str:token>", letter_links.letter_link, name="letter_link"),
    path("verify/<str:code>", verify.verify, name="verify"),
    path("api/openapi.json", api.openapi, name="openapi"),
    path("api/v1/", api.v1, name="api_root"),
    path("api/v1/<path:rest>", api.v1, name="api"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("media/<str:code>-<int:width>.webp", public_files.picture, name="picture"),
    path("outputs/pictures/<str:code>/<int:width>.webp", outputs.picture, name="output_picture"),
    path("news/pictures/<str:name>", news.picture, name="news_picture"),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", home.home, name="home"),
        path("privacy/", pages.page, {"name": "privacy"}, name="privacy"),
        path("accessibility/", pages.page, {"name": "accessibility"}, name="accessibility"),
        path("contact/", pages.page, {"name": "contact"}, name="contact"),
        path("licence/", pages.page, {"name": "licence"}, name="licence"),
        path("my/", my.my, name="my"),
        path("my/ask/", my.ask, name="my_ask"),
        path("my/letter/<int:pk>/", my.letter, name="my_letter"),
        path("", include("newsletter.urls")),
        path("", include("reviews.urls")),  # before the cases, whose sections have any name
        path("", include("cases.urls")),
        path("", include("workshops.urls")),
        path("", include("outputs.urls")),
    ),
]

handler400 = "opsi_portal.views.pages.bad_request"
