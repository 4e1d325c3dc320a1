"""What a project includes: the address that SNS posts events to."""

from __future__ import annotations

from django.urls import path

from seacucumber.webhooks import receive

app_name = "seacucumber"
urlpatterns = [path("sns/", receive, name="sns")]
