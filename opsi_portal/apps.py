"""The roof as Django sees it, and the office (the admin) with our own front page."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "opsi_portal"


class PortalAdminConfig(AdminConfig):
    default_site = "opsi_portal.office.Office"
