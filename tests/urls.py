"""The admin, the webhook, and Django's own account pages, which send mail."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("ses/", include("seacucumber.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
]
