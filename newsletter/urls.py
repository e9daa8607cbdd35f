"""The addresses of this room, below the language."""

from django.urls import path

from newsletter.views import mine, public

app_name = "newsletter"

urlpatterns = [
    path("news/", public.news, name="news"),
    path("news/mine/", mine.preferences, name="preferences"),
    path("news/<slug:slug>/", public.issue, name="issue"),
    path("my/news/", mine.open_mine, name="open_mine"),
]
