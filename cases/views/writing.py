"""Writing a case: begin, the task list, the sections, check, hand in, and the ways out."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import answers, drafting, reading, submitting
from cases.announcing import deadline_of
from cases.attachments import MOST_BYTES, MOST_FILE, MOST_FILES, TAKEN, Refused
from cases.doors import give_key
from cases.drafting import CallClosed, NotAllowed, TooMany
from cases.forms import ReopeningForm, SectionForm, StartForm
from cases.models import Call, Case, Colleague
from cases.models.call import Standing
from cases.questions import BORDERS, BY_KEY, MOST_JURISDICTIONS, SECTIONS, Section, label_of
from cases.timelines import timelines_of
from cases.views.entry import for_colleague
from people import keys, limits, times
from people.held import words_held
from people.texts import in_language

STATE_WORDS = {
    "none": lambda: _("Not started"),
    "optional": lambda: _("Optional"),
    "progress": lambda: _("In progress"),
    "problem": lambda: _("There is a problem"),
    "complete": lambda: _("Complete"),
}


# -- Beginning ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin with a name and an address; the draft is a row from here on."""
    call = request.call_shown = Call.objects.current(request.arrived_at)
    deadline = deadline_of(call, request.arrived_at)
    form, status = StartForm(initial={"begun_with": fresh_mark()}), 200
    if request.method == "POST" and call:
        form, status = StartForm(request.POST), 422
        if form.is_valid():
            try:
                author = drafting.start_draft(
                    call,
                    name=form.cleaned_data["name"],
                    email=form.cleaned_data["email"],
                    language=get_language() or "en",
                    zone=form.cleaned_data["zone"],
                    begun_with=form.cleaned_data["begun_with"],
                    network=limits.network_of(request),
                    at=request.arrived_at,
                )
            except TooMany as error:
                form.add_error(None, str(error))
                status = 429
            except CallClosed:
                status = 409
            else:
                response = redirect("cases:overview", code=author.case.code)
                give_key(request, response, author)
                return response
    if "begun_with" in form.errors:
        form.data = form.data.copy()
        form.data["begun_with"] = fresh_mark()
    closed = "" if deadline["state"] == "open" else _not_open(deadline)
    context = {"form": form, "call": call, "deadline": deadline, "closed": closed}
    return render(request, "cases/start.html", context, status=status)


def fresh_mark() -> str:
    """What tells two presses of one form from two forms."""
    return secrets.token_urlsafe(24)


def _not_open(deadline: dict) -> str:
    if deadline["state"] == "before":
        return _("The call opens on %(moment)s %(zone)s.") % {
            "moment": deadline["opens_paris"],
            "zone": deadline["opens_zone_words"],
        }
    return _("No call is open at the moment, so no new case can be begun.")


# -- The task list -----------------------------------------------------------------------------------------------


def frame_of(request: HttpRequest, part: Colleague) -> dict:
    """What every page of a draft shows: the case, who is looking, the deadline, and what may be done now."""
    case, at = part.case, request.arrived_at
    standing = case.call.standing(case, at)
    if case.call.is_open(at):
        request.call_shown = case.call  # the frame need not ask the database for it again
    return {
        "case": case,
        "call": case.call,
        "me": part,
        "is_author": part.is_author,
        "may_write": part.may_write,
        "deadline": deadline_of(case.call, at),
        "standing": standing,
        "grace_until": partial(in_call_zone, case, case.call.grace_ends_at),  # spelled only where it is shown
        "kept_until": partial(in_call_zone, case, case.call.kept_until(case)),
        "reopened_until": in_call_zone(case, case.reopened_until) if standing is Standing.REOPENED else "",
        "read_only": not (part.may_write and may_change(case, standing)),
        "may_hand_in": part.may_write and standing.may_hand_in and case.may_become(Case.Status.HANDED_IN),
    }


def may_change(case: Case, standing: Standing) -> bool:
    """Whether typing in this case leads anywhere: in its own status and at this instant."""
    return standing.may_edit and case.may_become(Case.Status.HANDED_IN)


def in_call_zone(case: Case, instant: datetime | None) -> str:
    """«Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)»; "" for no instant."""
    return times.in_full(instant, case.call.zone) if instant else ""


def _sections(case: Case, *, at: datetime) -> list[dict]:
    """The sections with their state, as the task list and the side of a section show them."""
    found = []
    for number, section in enumerate(SECTIONS, 1):
        state = answers.state_of(section, case.answers, at=at)
        found.append(
            {
                "key": section.key,
                "number": number,
                "title": section.title,
                "hint": section.hint,
                "url": reverse("cases:section", args=[case.code, section.key]),
                "status": state,
                "status_words": STATE_WORDS[state](),
            }
        )
    return found


@require_safe
@for_colleague
def overview(request: HttpRequest, part: Colleague) -> HttpResponse:
    """What is ready, what is missing, until when, and who writes along."""
    case, at = part.case, request.arrived_at
    sections = _sections(case, at=at)
    done = sum(section["status"] in ("complete", "optional") for section in sections)
    context = frame_of(request, part) | {
        "sections": sections,
        "done": done,
        "total": len(sections),
        "can_check": done == len(sections),
        "colleagues": list(case.colleagues.present()),
        "changed_since": submitting.has_unsent_changes(case),
        "receipts": versions_of(case),
        "timeline": timelines_of([case], at=at).get(case.pk),
        "may_withdraw": part.is_author and case.may_become(Case.Status.WITHDRAWN),
        "may_delete": part.is_author and not case.was_handed_in,
        "unconfirmed": "" if part.address.confirmed_at else part.address.email,
    }
    return render(request, "cases/overview.html", context)


def versions_of(case: Case) -> list[dict]:
    """What was handed in, newest first: ``{"number", "moment"}``."""
    if not case.was_handed_in:
        return []
    handed_in = case.submissions.order_by("-number").values_list("number", "arrived_at")
    return [{"number": number, "moment": in_call_zone(case, instant)} for number, instant in handed_in]


# -- The sections ------------------------------------------------------------------------------------------------


def section_named(key: str) -> Section:
    if key not in BY_KEY:
        raise Http404
    return BY_KEY[key]


def form_for(
    part: Colleague, section: Section, data: QueryDict | None = None, *, shown: bool = True
) -> SectionForm:
    """The form of a section; example answers are fetched only for a form that is shown."""
    case = part.case
    wanted = [question.key for question in section.questions if question.is_long and shown]
    examples = (
        {e.question: in_language(e.words) for e in case.call.examples.filter(question__in=wanted)}
        if wanted
        else {}
    )
    files = list(case.attachments.kept()) if section.key == "materials" else []
    return SectionForm(section, case, data=data, examples=examples, files=files)


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def section(request: HttpRequest, part: Colleague, section_key: str) -> HttpResponse:
    """One section: whatever is there is saved; what is still missing is said, and stops nobody."""
    shown = section_named(section_key)
    if request.method == "POST":
        return _save(request, part, shown)
    form = form_for(part, shown)
    gaps = []
    if "missing" in request.GET:  # a link from the check page: say what has to be mended
        gaps = answers.section_gaps(shown, part.case.answers, at=request.arrived_at)
        form.show(gaps)
    return _show(request, part, form, form.summary(gaps))


def _show(
    request: HttpRequest, part: Colleague, form: SectionForm, errors: list[dict], *, status: int = 200
) -> HttpResponse:
    case = part.case
    sections = _sections(case, at=request.arrived_at)
    border = answers.border_kind(answers.rows_of(case.answers))
    context = frame_of(request, part) | {
        "section": next(each for each in sections if each["key"] == form.section.key),
        "sections": sections,
        "total": len(sections),
        "form": form,
        "errors": errors,
        "border": label_of(BORDERS, border) if border else "",
        "most": MOST_JURISDICTIONS,
    }
    if form.section.key == "materials":
        context["upload"] = _upload(form, errors)
    if context["read_only"]:
        context["items"] = next(
            chapter.items
            for chapter in reading.chapters(case.answers, files_of(case))
            if chapter.key == form.section.key
        )
    if request.method == "POST" and status in (409, 422):
        words = _("Saved at %(time)s") % {"time": times.clock(case.changed_at, case.call.zone)}
        context["save_state"] = {"words": words, "tone": "busy"}
    return render(request, "cases/section.html", context, status=status)


def _upload(form: SectionForm, errors: list[dict]) -> dict:
    """What is said before somebody chooses a file, and what was wrong with the last one."""
    used = sum(file.size for file in form.attachments)
    full = ""
    if len(form.attachments) >= MOST_FILES:
        full = _("A case can have at most %(n)s files. Remove one to add another.") % {"n": MOST_FILES}
    limits_said = _("%(each)s MB each, %(n)s files and %(all)s MB in all; %(used)s used.") % {
        "each": MOST_FILE // 2**20,
        "n": MOST_FILES,
        "all": MOST_BYTES // 2**20,
        "used": reading.size_in_words(used),
    }
    return {
        "kinds_words": _(
            "Pictures (JPG, PNG), documents (PDF, Word, PowerPoint, Excel, ODT, TXT) or sound (MP3, M4A, OGG, WAV)."
        ),
        "limit_words": limits_said,
        "accept": ",".join(f".{suffix}" for suffix in TAKEN),
        "max_bytes": MOST_FILE,
        "is_full": full,
        "error": next((line["message"] for line in errors if line["href"] == "#id_file"), ""),
    }


def _save(request: HttpRequest, part: Colleague, section: Section) -> HttpResponse:
    # It may name a row, and no name holds a NUL, which PostgreSQL would trip over.
    then = request.POST.get("then", "continue").replace("\0", "")
    at = request.arrived_at
    form = form_for(part, section, request.POST, shown=False)
    values = form.values()
    try:
        saved = drafting.save(part, values, form.bases(), at=at, taking=form.taking())
        landed, trouble = _act(request, part, then)
    except (CallClosed, NotAllowed) as error:
        return _not_kept(request, error)
    part.case = saved.case
    if saved.late and saved.changed:
        messages.warning(request, _("The call has closed. What you wrote is kept, but not handed in."))
    if saved.conflicts or form.unreadable or trouble:
        shown = form_for(part, section, request.POST)
        shown.unreadable = form.unreadable
        shown.show([], saved.conflicts)
        summary = shown.summary([]) + trouble
        summary += [
            {
                "href": f"#{answers.anchor_of(conflict.field)}",
                "message": _("Choose between two texts: %(label)s") % {"label": conflict.label},
            }
            for conflict in saved.conflicts
        ]
        return _show(request, part, shown, summary, status=409 if saved.conflicts else 422)
    if landed:
        return redirect(landed)
    if then == "overview":
        return redirect("cases:overview", code=part.case.code)
    gaps = answers.section_gaps(section, part.case.answers, at=at)
    if gaps:
        shown = form_for(part, section)
        shown.show(gaps)
        return _show(request, part, shown, shown.summary(gaps), status=422)
    return redirect(_next_unfinished(part.case, section, at=at))


def _act(request: HttpRequest, part: Colleague, then: str) -> tuple[str, list[dict]]:
    """What a button asked for beside saving: where that leads, or what is wrong with it."""
    here, at = reverse("cases:section", args=[part.case.code, "jurisdictions"]), request.arrived_at
    files = reverse("cases:section", args=[part.case.code, "materials"])
    try:
        if then == "add":
            row = drafting.add_jurisdiction(part, at=at)
            return f"{here}?focus={row}#id_jurisdictions.{row}.country", []
        if then.startswith("remove:"):
            drafting.remove_jurisdiction(part, then.removeprefix("remove:"), at=at)
            return f"{here}#jurisdictions", []
        if then.startswith("detach:"):
            drafting.detach(part, then.removeprefix("detach:"), at=at)
            return f"{files}#files", []
        uploads = request.FILES.getlist("file")
        if then == "attach" and not uploads:
            return "", [{"href": "#id_file", "message": _("Choose a file first")}]
        for upload in uploads:
            drafting.attach(part, upload, at=at)
        if then == "attach":
            return f"{files}#files", []
    except (TooMany, Refused) as error:
        return "", [{"href": "#id_file" if then != "add" else "#jurisdictions", "message": str(error)}]
    return "", []


def _next_unfinished(case: Case, section: Section, *, at) -> str:
    after = SECTIONS[SECTIONS.index(section) + 1 :]
    for each in after:
        if answers.state_of(each, case.answers, at=at) != "complete":
            return reverse("cases:section", args=[case.code, each.key])
    return reverse("cases:check", args=[case.code])


def _not_kept(request: HttpRequest, error: Exception) -> HttpResponse:
    """Not even late words are kept any more (or a reader pressed save): show them, so that they can be copied."""
    if isinstance(error, NotAllowed):
        return words_held(request, reason="not-allowed", name_of=answers.name_of)
    return words_held(request, reason="over", name_of=answers.name_of, status=410)


@require_POST
@for_colleague
def autosave(request: HttpRequest, part: Colleague, section_key: str) -> HttpResponse:
    """The same saving for the script: only changed fields come in, new tokens go out."""
    shown = section_named(section_key)
    at = request.arrived_at
    data = request.POST.copy()
    for name in data.getlist("ticked"):  # a group without a tick sends nothing under its own name
        data.setdefault(f"base:{name}", "")
    form = form_for(part, shown, data, shown=False)
    values = form.values()
    try:
        saved = drafting.save(part, values, form.bases(), at=at)
    except CallClosed:
        return JsonResponse({"error": "closed"}, status=410)
    except NotAllowed as error:
        return JsonResponse({"error": "not-allowed", "message": str(error)}, status=403)
    body = {
        "saved_at": saved.case.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "bases": saved.bases,
        "late": saved.late,
        "errors": form.unreadable,
        "conflicts": [
            {
                "key": conflict.field,
                "label": conflict.label,
                "theirs": conflict.theirs,
                "mine": conflict.mine,
                "by": conflict.by,
                "at": times.moment(conflict.at, part.case.call.zone),
                "base": conflict.base,
            }
            for conflict in saved.conflicts
        ],
    }
    if shown.key == "jurisdictions":
        border = answers.border_kind(answers.rows_of(saved.case.answers))
        body["border"] = str(label_of(BORDERS, border)) if border else ""
    return JsonResponse(body, status=409 if saved.conflicts else 200)


# -- Check and hand in -------------------------------------------------------------------------------------------


@require_safe
@for_colleague
def check(request: HttpRequest, part: Colleague) -> HttpResponse:
    """All answers on one page; each gap with a link to its field; one button."""
    return _check(request, part)


def _check(request: HttpRequest, part: Colleague, *, status: int = 200) -> HttpResponse:
    case, at = part.case, request.arrived_at
    gaps = answers.gaps(case.answers, at=at)
    sections = {section.key: reverse("cases:section", args=[case.code, section.key]) for section in SECTIONS}
    context = frame_of(request, part) | {
        "chapters": [
            {"key": chapter.key, "title": chapter.title, "items": chapter.items, "url": sections[chapter.key]}
            for chapter in reading.chapters(case.answers, files_of(case), at=at)
        ],
        "gaps": [
            {
                "href": f"{sections[gap.section]}?missing=1#{answers.anchor_of(gap.field)}",
                "message": gap.message,
            }
            for gap in gaps
        ],
        "name": part.name,
        "changed_since": submitting.has_unsent_changes(case),
    }
    return render(request, "cases/check.html", context, status=status)


def files_of(case: Case) -> list[dict]:
    """The files of the working copy as plain values, without digests: those belong to receipts."""
    return [
        {
            "name": file.name,
            "size": file.size,
            "code": file.code,
            "alt": case.answers.get(f"alt.{file.code}", ""),
        }
        for file in case.attachments.kept()
    ]


@require_POST
@for_colleague
def hand_in(request: HttpRequest, part: Colleague) -> HttpResponse:
    """The last button: once or twice pressed, one submission and one receipt."""
    code = part.case.code
    try:
        submission = submitting.hand_in(part, at=request.arrived_at)
    except submitting.Incomplete:
        return _check(request, part, status=422)
    except submitting.TooLate:
        messages.warning(request, _too_late_words(part.case))
        return redirect("cases:overview", code=code)
    except NotAllowed as error:
        messages.error(request, str(error))
        return redirect("cases:overview", code=code)
    return redirect("cases:receipt", code=code, number=submission.number)


def _too_late_words(case: Case) -> str:
    if case.is_in_our_hands:
        return _(
            "The call has closed. Your changes are kept, but not handed in; what you handed in before counts."
        )
    return _("The call has closed. Your case is kept, but it was not handed in.")


# -- Ways out ----------------------------------------------------------------------------------------------------


def _ask(
    request: HttpRequest,
    part: Colleague,
    *,
    title: str,
    words: list[str],
    button: str,
    status: int = 200,
    **more,
) -> HttpResponse:
    """One page for every step that cannot be taken by accident: what will happen, one button, a way back."""
    back = reverse("cases:overview", args=[part.case.code])
    context = {
        "case": part.case,
        "title": title,
        "paragraphs": words,
        "button": button,
        "back_url": back,
        **more,
    }
    return render(request, "cases/confirm.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def withdraw(request: HttpRequest, part: Colleague) -> HttpResponse:
    if request.method == "POST":
        try:
            submitting.withdraw(part.case, by=part, at=request.arrived_at)
            messages.success(request, _("Your case is withdrawn."))
        except NotAllowed as error:
            messages.error(request, str(error))
        return redirect("cases:overview", code=part.case.code)
    words = [
        _("We no longer read it, and it will not be published. Your text and your receipts stay with you.")
    ]
    if part.case.call.accepts(part.case, request.arrived_at):
        words.append(_("Until the call closes you can change your mind and hand it in again."))
    else:
        words.append(_("The call has closed, so it cannot be handed in again."))
    return _ask(request, part, title=_("Withdraw this case?"), words=words, button=_("Withdraw the case"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def delete(request: HttpRequest, part: Colleague) -> HttpResponse:
    if request.method == "POST":
        try:
            drafting.delete_draft(part, at=request.arrived_at)
        except NotAllowed as error:
            messages.error(request, str(error))
            return redirect("cases:overview", code=part.case.code)
        messages.success(request, _("Your draft is deleted."))
        response = redirect("home")
        keys.take_away(request, response, f"draft:{part.case.code}")
        return response
    words = [
        _(
            "Its text, its files and the links of all colleagues are deleted at once. Nobody can bring them back."
        ),
        _("You may want to download a copy first."),
    ]
    return _ask(
        request, part, title=_("Delete this draft?"), words=words, button=_("Delete the draft"), forgets=True
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def ask_reopening(request: HttpRequest, part: Colleague) -> HttpResponse:
    form, status = ReopeningForm(), 200
    if request.method == "POST":
        form, status = ReopeningForm(request.POST), 422
        if form.is_valid():
            try:
                submitting.ask_reopening(part, words=form.cleaned_data["words"], at=request.arrived_at)
                messages.success(request, _("We have your request. Staff read it and write to you."))
            except NotAllowed as error:
                messages.error(request, str(error))
            return redirect("cases:overview", code=part.case.code)
    return _ask(
        request,
        part,
        title=_("Ask us to reopen your case"),
        words=[
            _("Your text is kept as it is. If staff reopen the case, you get a letter that says until when.")
        ],
        button=_("Ask for reopening"),
        form=form,
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def leave(request: HttpRequest, part: Colleague) -> HttpResponse:
    """Forget this case on this device; the link in the letter opens it again."""
    if request.method == "POST":
        response = redirect("home")
        keys.take_away(request, response, f"draft:{part.case.code}")
        messages.success(
            request, _("This device has forgotten your case. The link in your letter opens it again.")
        )
        return response
    return _ask(
        request,
        part,
        title=_("Leave this device?"),
        words=[_("Your case stays with us. To go on, open the link in your letter, or ask for a new one.")],
        button=_("Leave this device"),
        forgets=True,
    )
