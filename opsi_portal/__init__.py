"""The roof: settings, addresses, timetable, home page. It sees every room and is seen by none.

The worker finds ``opsi_portal.celery`` by itself (``celery -A opsi_portal``); it is not imported here, since
web processes never publish a task and need not carry Celery in their memory.
"""
