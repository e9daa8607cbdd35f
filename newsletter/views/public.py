"""What anybody may read: the news that were sent, and the form to get them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletter import subscribing, wordings
from newsletter.forms import SubscribeForm
from newsletter.models import Issue, Picture
from people import limits
from people.fresh import fresh_as_drawn
from people.held import comes_from_elsewhere
from people.texts import in_language

#: Issues on one page of the list.
SHOWN = 20
A_YEAR = 365 * 24 * 60 * 60


@csrf_exempt  # it stands on pages that caches keep, and whoever sends it is nobody yet
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_as_drawn
def news(request: HttpRequest) -> HttpResponse:
    """Ask for news. The answer is the same whether we know the address or not."""
    form, status = SubscribeForm(), 200
    if request.method == "POST":
        if comes_from_elsewhere(request):
            return render(request, "403.html", status=403)
        form, status = SubscribeForm(request.POST), 422
        if form.is_valid():
            try:
                subscribing.ask(
                    email=form.cleaned_data["email"],
                    topics=form.cleaned_data["topics"],
                    language=get_language() or "en",
                    network=limits.network_of(request),
                    at=request.arrived_at,
                )
            except subscribing.TooMany:
                form.add_error(
                    None, _("Many people asked from your network. Please try again in a little while.")
                )
                status = 429
            else:
                return render(request, "newsletter/asked.html", {"email": form.cleaned_data["email"]})
    pages = Paginator(Issue.objects.public(), SHOWN)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wording": wordings.WORDINGS[wordings.PAGE],
        "issues": [(issue, issue.language_for(get_language() or "en")) for issue in page],
        "page": page,
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "newsletter/news.html", context, status=status)


@require_safe
@fresh_as_drawn
def issue(request: HttpRequest, slug: str) -> HttpResponse:
    """One issue as a page, in the reader's language if it was written in it."""
    found = get_object_or_404(Issue.objects.public(), slug=slug)
    language = found.language_for(get_language() or "en")
    context = {
        "issue": found,
        "title": in_language(found.title, language),
        "opening": in_language(found.opening, language),
        "blocks": found.parts(language),
        "language": language,
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "newsletter/issue.html", context)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of an issue. Its name changes with it, so whoever has it may keep it; mail programs show it too."""
    found = get_object_or_404(Picture, name=name)
    try:
        response = FileResponse(found.file.open("rb"), content_type=found.kind)
    except FileNotFoundError:
        raise Http404
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
