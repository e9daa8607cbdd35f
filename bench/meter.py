"""What one request asked of the database, and how many rows came back, told by the request itself."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse


class MeterMiddleware:
    """Outermost of all, so that nothing that our own code does goes uncounted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = fetched = 0

        def count(execute, sql, params, many, context):
            nonlocal sent, fetched
            sent += 1
            result = execute(sql, params, many, context)
            if sql.startswith("SELECT"):
                fetched += max(0, context["cursor"].rowcount)
            return result

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response.headers["X-Statements"] = str(sent)
        response.headers["X-Rows"] = str(fetched)
        return response
