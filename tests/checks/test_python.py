"""A Python that lets a header break out of its line is named before going live."""

from __future__ import annotations

import email.errors
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from seacucumber.checks import python

#: Came with the mending: https://docs.python.org/3/library/email.errors.html
_MENDED = hasattr(email.errors, "HeaderWriteError")


def ids(*, deploy: bool) -> list[str]:
    return [str(each.id) for each in run_checks(include_deployment_checks=deploy)]


def test_the_probe_agrees_with_what_python_documents() -> None:
    assert python.forges_headers() is not _MENDED


@pytest.mark.parametrize("forges", [True, False])
def test_w032_is_said_before_going_live_and_not_every_day(
    monkeypatch: pytest.MonkeyPatch, *, forges: bool
) -> None:
    monkeypatch.setattr(python, "forges_headers", lambda: forges)

    assert ("seacucumber.W032" in ids(deploy=True)) is forges
    assert "seacucumber.W032" not in ids(deploy=False)


@pytest.mark.skipif(_MENDED, reason="this Python is mended")
def test_check_deploy_names_the_python_and_those_that_are_mended() -> None:
    err = StringIO()
    call_command("check", "--deploy", stdout=StringIO(), stderr=err)

    assert "CVE-2024-6923" in err.getvalue()
    assert "3.12.5" in err.getvalue()
