"""The demo's page, the admin, and the account pages that Django ships."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from demo_site import views

urlpatterns = [
    path("", views.index, name="index"),
    path("broken/", views.broken, name="broken"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
