"""The addresses of this room for authors, below those of their case."""

from django.urls import path

from reviews.views import authors

app_name = "reviews"

urlpatterns = [
    path("draft/<str:code>/question/<int:pk>/", authors.question, name="question"),
    path("draft/<str:code>/decision/", authors.decision, name="decision"),
]
