"""Where DKIM keys come from: made here, pasted, or taken from the settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import (
    sensitive_post_parameters,
    sensitive_variables,
)

from seacucumber import dkim_keys
from seacucumber.admin.common.views import AdminPage
from seacucumber.admin.dkim.consequences import settings_keys
from seacucumber.admin.dkim.forms import GenerateForm, ImportForm
from seacucumber.admin.dkim.views import ADD, VIEW
from seacucumber.conf import InvalidSetting, mailer_aliases
from seacucumber.enums import DkimOrigin, DkimUse
from seacucumber.exceptions import SeaCucumberError
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize


class _MakingPage(AdminPage):
    """A form of which comes a key, or a reason why not."""

    view_permission = change_permission = ADD
    template_name = "seacucumber/admin/dkim/new.html"

    def page(
        self,
        request: HttpRequest,
        form: forms.Form | None,
        *,
        refusal: str = "",
        **context: Any,
    ) -> HttpResponse:
        """Return the page with its form."""
        may_list = request.user.has_perm(VIEW)
        back = "seacucumber_dkimkey_changelist" if may_list else "index"
        return self.render(
            request,
            form=form,
            refusal=refusal,
            back=reverse(f"admin:{back}"),
            **context,
        )

    def made(self, request: HttpRequest, key: DkimKey, words: str) -> HttpResponse:
        """Write the log, say what is next, and lead to the key's page."""
        self.model_admin.log_addition(request, key, words)
        then = (
            _("The settings go on signing with it until it is active here.")
            if key.origin == DkimOrigin.SETTINGS
            else _("Publish its DNS record; until then it signs nothing.")
        )
        here = _("%(key)s is here.") % {"key": sanitize(str(key))}
        messages.success(request, f"{here} {then}")
        if not request.user.has_perm(VIEW):
            return redirect("admin:index")
        return redirect("admin:seacucumber_dkimkey_change", key.pk)


class GeneratePage(_MakingPage):
    """Makes a key here: its private half never leaves."""

    title = gettext_lazy("Generate a DKIM key")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        initial = {"domain": request.GET.get("domain", "")}
        return self._page(request, GenerateForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it."""
        form = GenerateForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        try:
            key = dkim_keys.generate(
                form.cleaned_data["domain"],
                selector=form.cleaned_data["selector"],
                algorithm=form.algorithm,
                bits=form.bits,
                use=DkimUse(form.cleaned_data["use"]),
                cover_subdomains=form.cleaned_data["cover_subdomains"],
                actor=request.user.get_username(),
            )
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, form, refusal=_refusal(error, form))
        return self.made(request, key, "Generated it.")

    def _page(
        self, request: HttpRequest, form: GenerateForm, *, refusal: str = ""
    ) -> HttpResponse:
        return self.page(request, form, refusal=refusal, label=_("Generate"))


class ImportPage(_MakingPage):
    """Takes in a private key, which is never shown again."""

    title = gettext_lazy("Import a DKIM key")

    @method_decorator(sensitive_post_parameters("pem"))
    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Keep the private key out of error reports."""
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(request, ImportForm())

    @sensitive_variables()
    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it in."""
        form = ImportForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        try:
            key = dkim_keys.import_pem(
                form.cleaned_data["domain"],
                form.cleaned_data["pem"],
                selector=form.cleaned_data["selector"],
                use=DkimUse(form.cleaned_data["use"]),
                cover_subdomains=form.cleaned_data["cover_subdomains"],
                actor=request.user.get_username(),
            )
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, form, refusal=_refusal(error, form))
        return self.made(request, key, "Imported it.")

    def _page(
        self, request: HttpRequest, form: ImportForm, *, refusal: str = ""
    ) -> HttpResponse:
        return self.page(
            request,
            form,
            refusal=refusal,
            label=_("Import"),
            settings_keys=settings_keys(),
            asks_again=form.is_bound,
        )


class ImportSettings(_MakingPage):
    """Takes in the key of the ``DKIM_*`` settings."""

    title = gettext_lazy("Import a DKIM key")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it in; the settings go on signing until it is active."""
        alias = request.POST.get("mailer", "")
        try:
            if alias not in mailer_aliases():
                raise dkim_keys.KeyRefused("mailer", _("There is no such mailer."))
            key = dkim_keys.import_settings(alias, actor=request.user.get_username())
        except (SeaCucumberError, InvalidSetting) as error:
            messages.error(request, sanitize(str(error)))
            return redirect("admin:seacucumber_dkimkey_import")
        return self.made(request, key, "Imported it from the settings.")


def _refusal(error: Exception, form: forms.Form) -> str:
    """Put what was refused beside its field; return it if it belongs to none."""
    words = sanitize(str(error))
    field = getattr(error, "field", "")
    field = {"bits": "kind", "algorithm": "kind"}.get(field, field)
    if field not in form.fields:
        return words
    form.add_error(field, words)
    return ""
