"""A page that says what follows, asks, and does it to one DKIM key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise

from seacucumber.admin.common.ui import plain
from seacucumber.admin.dkim.display import key_pill
from seacucumber.admin.dkim.views import KeyPage
from seacucumber.conf import InvalidSetting
from seacucumber.exceptions import SeaCucumberError
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize


class ConfirmPage(KeyPage):
    """Asks whether to do something to a key, and does it.

    A subclass names the states in which it can be done (``states``), what the button
    says (``label``), what is written in the admin log (``logged``), and fills in
    `consequences` and `act`.
    """

    template_name = "seacucumber/admin/dkim/confirm.html"
    states: ClassVar[frozenset[str]]
    label: ClassVar[str | Promise]
    logged: ClassVar[str]
    #: Mail suffers, or it cannot be undone.
    grave: ClassVar[bool] = False
    form_class: ClassVar[type[forms.Form]] = forms.Form

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask."""
        return self._page(request, self.form_class())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, and lead to the key that is of interest now."""
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        actor, before = request.user.get_username(), self.key.state
        try:
            key = self.act(self.key, actor, form.cleaned_data)
        except (SeaCucumberError, InvalidSetting) as error:
            field = getattr(error, "field", "")
            if field in form.fields:
                form.add_error(field, sanitize(str(error)))
                return self._page(request, form)
            self.key.refresh_from_db()
            if self.key.state != before:
                # Done here, and SES could not be told.
                self.model_admin.log_change(request, self.key, self.logged)
            messages.error(request, plain(error))
            return redirect(self.url)
        self.model_admin.log_change(request, self.key, self.logged)
        messages.success(request, self.done(key))
        self.key = key
        return redirect(self.url)

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        raise NotImplementedError

    def consequences(self, key: DkimKey) -> Iterable[str]:
        """Return what follows, a sentence each."""
        raise NotImplementedError

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Do it, and return the key whose page is of interest now.

        Raises:
            SeaCucumberError: if it could not be done.
        """
        raise NotImplementedError

    def done(self, key: DkimKey) -> str:
        """Return what has been done, and what is next."""
        raise NotImplementedError

    def possible(self, key: DkimKey) -> bool:
        """Tell whether the key's state allows it."""
        return key.state in self.states

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        return self.render(
            request,
            name=sanitize(str(self.key)),
            pill=key_pill(self.key.state),
            question=self.question(self.key),
            consequences=list(self.consequences(self.key)),
            grave=self.grave,
            possible=self.possible(self.key),
            form=form,
            label=self.label,
            back=self.url,
        )
