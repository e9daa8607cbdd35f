"""The addresses of this room, below the language."""

from django.urls import path

from workshops.views import public, seat

app_name = "workshops"

urlpatterns = [
    path("workshops/", public.series, name="series"),
    path("workshops/calendar.ics", public.series_calendar, name="series_calendar"),
    path("workshops/calendar/<str:token>.ics", public.private_calendar, name="private_calendar"),
    path("workshops/seat/<int:pk>/", seat.seat, name="seat"),
    path("workshops/seat/<int:pk>/give-back/", seat.give_back, name="give_back"),
    path("workshops/seat/<int:pk>/join/", seat.join, name="join"),
    path("workshops/seat/<int:pk>/calendar.ics", seat.calendar, name="seat_calendar"),
    path("workshops/seat/<int:pk>/certificate.pdf", seat.certificate, name="certificate"),
    path("workshops/<slug:slug>/", public.workshop, name="workshop"),
    path("workshops/<slug:slug>/calendar.ics", public.workshop_calendar, name="workshop_calendar"),
    path("my/workshop/<int:pk>/", seat.open_mine, name="open_mine"),
]
