"""What one request cost, told by the request itself: statements, and processor time of the thread that answered."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse


class MeterMiddleware:
    """Outermost of all, so that nothing that our own code does goes uncounted; the server's part comes on top."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = 0

        def count(execute, sql, params, many, context):
            nonlocal sent
            sent += 1
            return execute(sql, params, many, context)

        began = time.thread_time()
        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response.headers["X-Statements"] = str(sent)
        response.headers["X-Thread-Milliseconds"] = f"{(time.thread_time() - began) * 1000:.3f}"
        return response
