"""Scenarios in which the world misbehaves: real workers, a real broker, a local SES.

How to write one:

* A file ``test_<what>.py`` with one story a test. Ask for ``open_mail_room``, which
  starts a `tests.office.MailRoom`; it is taken down again whatever happens.
* Say where it is at home, unless that is SQLite with the embedded broker and prefork::

      @pytest.mark.home("postgres", broker="rabbitmq", pool="threads")

  ``make faults-quick`` runs each scenario there, once. ``make faults`` runs it on every
  database, with every broker and pool. Homes are to be chosen so that all of them are
  met. A scenario that fits one kind only says ``only=True``.
* Mark what judges a rate with ``@pytest.mark.alone``: others run two at a time.
* Judge by counts and from outside (`tests.checker.violations`), never by seconds; wait
  with `tests.office.wait_until` and `MailRoom.settle`, which are patient.
* End with one line of figures: ``figures(messages=1000, lost=0, twice=0)``. They make
  up the table in ``docs/faults.rst``.
* Name the guard without which it must go red in `tests.faults.mutants`.
"""
