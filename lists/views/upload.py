"""Add records from a CSV file to a list."""

import functools
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from acton_connector.accounts.access import MARKETING, AccountRequest, account_view
from lists.models import MarketingList
from lists.uploads import UploadError, upload_csv
from lists.uploads.forms import UploadForm
from lists.uploads.services import MEGABYTE, maximum_bytes, say_too_large

RESULT = "list_upload_result"

View = Callable[..., HttpResponseBase]


@account_view(*MARKETING)
def refuse_upload(request: AccountRequest, list_id: int) -> HttpResponse:
    """Say that the request is too large. Nothing of it is read, and nothing is changed."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    return _show_form(
        request,
        marketing_list,
        UploadForm(),
        (say_too_large(),),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def hand_over_when_too_large(refuse: View) -> Callable[[View], View]:
    """Let `refuse` answer a request that is larger than any file may be, before it is read.

    Django's check of the CSRF token reads the whole body, so it comes after the look at the size.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @functools.wraps(view)
        def choose(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            chosen = refuse if _read_length(request) > maximum_bytes() + MEGABYTE else protected
            return chosen(request, *args, **kwargs)

        return choose

    return decorate


@hand_over_when_too_large(refuse_upload)
@require_http_methods(["GET", "POST"])
@account_view(*MARKETING)
def list_upload(request: AccountRequest, list_id: int) -> HttpResponse:
    """Take a file and show what became of it."""
    marketing_list = get_object_or_404(MarketingList, pk=list_id)
    if request.method != "POST":
        result = request.session.get(RESULT)
        if result and result["list_id"] == list_id:
            del request.session[RESULT]
            context = {"list": marketing_list, "result": result}
            return render(request, "lists/list_upload_result.html", context)
        return _show_form(request, marketing_list, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_form(request, marketing_list, form)
    file = form.cleaned_data["file"]
    try:
        uploaded = upload_csv(
            marketing_list=marketing_list, file=file.file, size=file.size, actor=request.user
        )
    except UploadError as error:
        return _show_form(request, marketing_list, UploadForm(), error.sentences)
    request.session[RESULT] = {"list_id": list_id, **asdict(uploaded)}
    return redirect("list_upload", request.account.slug, list_id)


def _read_length(request: HttpRequest) -> int:
    """Return how many bytes the request announces; the server hands on no more than these."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def _show_form(
    request: AccountRequest,
    marketing_list: MarketingList,
    form: UploadForm,
    sentences: tuple[str, ...] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"form": form, "list": marketing_list, "sentences": sentences}
    return render(request, "lists/list_upload.html", context, status=status)
