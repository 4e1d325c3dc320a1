"""The suppression list as CSV: out for people and spreadsheets, in from anywhere.

SES's own import format, ``address,REASON`` without a header, is read as well.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import router, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.db import clock
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.models import Suppressed
from seacucumber.suppression.entries import InvalidEntry, checked_address, checked_scope
from seacucumber.suppression.ses_sync import now

COLUMNS = (
    "address",
    "reason",
    "scope",
    "source",
    "since",
    "expires",
    "on_ses_list",
    "note",
)
#: What one import takes; more goes in several.
LINES_MAX = 100_000
_PROBLEMS_MAX = 20
_BATCH = 500
#: No cell that is used needs more; of a note the beginning is kept.
_CELL_MAX = 1000
_TAKEN = frozenset({"address", "reason", "scope", "expires", "note"})
_REPLACED = ("reason", "source", "since", "expires_at", "note", "strikes")
#: What makes a spreadsheet take a cell for a formula.
#: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = (*"=+-@|\uff1d\uff0b\uff0d\uff20", "\t", "\r", "\n")
#: Where the comma stands in numbers, spreadsheets take a semicolon for the border of
#: cells, and do not see the quotes round a line feed. From the last border on only, or
#: a cell of many takes the square of its length.
_INSIDE = r'([;\t\r\n][ "]*)'
_BEGINS = r"(?=[=+\-@|\uff1d\uff0b\uff0d\uff20])"
_BARE = re.compile(_INSIDE + _BEGINS)
_HARMLESS = re.compile(_INSIDE + "'" + _BEGINS)
_YEARS = range(2000, 9000)
_REASONS: Mapping[str, SuppressionReason] = {
    "": SuppressionReason.MANUAL,
    **{reason.value: reason for reason in SuppressionReason},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What is the same for all lines of an import."""

    pace_key: str
    note: str
    #: One time for all of them: the clock is the database's, and a query.
    at: datetime


@dataclass(slots=True)
class ImportReport:
    """What an import has done.

    Args:
        added: Addresses that are new on our list, or stay on it longer now.
        known: Addresses that were on it, for as long at least.
        problems: What could not be read: line and reason, the first twenty.
        refused: How many lines could not be read.
    """

    added: int = 0
    known: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def refuse(self, line: int, why: str) -> None:
        """Take note of a line that cannot be used."""
        self.refused += 1
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(f"Line {line}: {why}")


def export_rows(rows: Iterable[Suppressed]) -> Iterator[list[str]]:
    """Yield the lines of a CSV file, the header first.

    No cell is a formula to a spreadsheet: such a one gets an apostrophe before it,
    which `import_file` takes away again.
    """
    yield list(COLUMNS)
    for row in rows:
        yield [
            harmless(cell)
            for cell in (
                row.address,
                str(row.reason),
                row.scope,
                str(row.source),
                row.since.isoformat(timespec="seconds"),
                row.expires_at.isoformat(timespec="seconds") if row.expires_at else "",
                "yes" if row.ses_known else "",
                row.note,
            )
        ]


def import_file(
    lines: Iterable[str], alias: str = DEFAULT_MAILER, *, note: str = ""
) -> ImportReport:
    """Put addresses of a CSV file onto our list.

    An entry of ours that is there already stays, unless the new one ends later.

    The first line may name the columns: ``address``, ``reason``, ``scope``,
    ``expires``, ``note`` in any order; others are passed over. Without such a line the
    first column is the address and the second the reason. SES is not asked.

    Args:
        note: For lines that have none.
    """
    report = ImportReport()
    given = _Given(pace_key=get_mailer(alias).pace_key, note=note, at=now())
    batch: dict[tuple[str, str], Suppressed] = {}
    names: Sequence[str] = COLUMNS
    reader = csv.reader(line.replace("\0", "") for line in lines)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > LINES_MAX:
                report.refuse(number, f"an import takes {LINES_MAX} lines; stopped.")
                break
            if number == 1 and (found := _header(cells)):
                names = found
            elif any(cell.strip() for cell in cells):
                _take(batch, names, cells, number, given, report)
            if len(batch) >= _BATCH:
                _store(batch, report)
    except csv.Error as error:
        report.refuse(reader.line_num, f"{error}; stopped.")
    _store(batch, report)
    return report


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, nor a part of it."""
    cell = _BARE.sub(r"\1'", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    """Undo `harmless`."""
    cell = _HARMLESS.sub(r"\1", cell.strip())
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff").lower() for cell in cells]
    names = ["address" if n in ("email", "emailaddress") else n for n in names]
    return names if "address" in names else []


def _take(
    batch: dict[tuple[str, str], Suppressed],
    names: Sequence[str],
    cells: Sequence[str],
    number: int,
    given: _Given,
    report: ImportReport,
) -> None:
    try:
        row = _row(_values(names, cells), given)
    except ValueError as error:
        report.refuse(number, str(error))
        return
    batch[row.address, row.scope] = row


def _values(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Return the cells that are used, by their names."""
    values: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        if name not in _TAKEN:
            continue
        if len(cell) > _CELL_MAX and name != "note":
            raise InvalidEntry(f"the {name} is longer than {_CELL_MAX} characters.")
        values[name] = _plain(cell[:_CELL_MAX])
    return values


def _row(values: Mapping[str, str], given: _Given) -> Suppressed:
    reason = values.get("reason", "").lower()
    if reason not in _REASONS:
        raise InvalidEntry(f"{reason!r} is no reason; use bounce, complaint or manual.")
    return Suppressed(
        address=checked_address(values.get("address", "").lstrip("\ufeff")),
        scope=checked_scope(values.get("scope", ""), given.pace_key),
        reason=_REASONS[reason],
        source=SuppressionSource.MANUAL,
        since=given.at,
        expires_at=_moment(values.get("expires", "")),
        note=(values.get("note") or given.note)[:200],
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    found = parse_datetime(text)
    # At the ends of the calendar no zone can be reckoned with.
    if found is None or found.year not in _YEARS:
        raise InvalidEntry(f"{text!r} is no time such as 2030-01-31T12:00:00+00:00.")
    return clock.stored(make_aware(found) if is_naive(found) else found)


def _store(batch: dict[tuple[str, str], Suppressed], report: ImportReport) -> None:
    if not batch:
        return
    with transaction.atomic(using=router.db_for_write(Suppressed)):
        rows = Suppressed.objects.filter(address__in={address for address, _ in batch})
        # Locked, or a complaint that comes in meanwhile would be lost.
        rows = rows.order_by("pk").select_for_update()
        known = {(row.address, row.scope): row for row in rows}
        changed = [row for key, row in known.items() if _replace(row, batch.get(key))]
        Suppressed.objects.bulk_update(changed, _REPLACED, batch_size=100)
        fresh = [row for key, row in batch.items() if key not in known]
        Suppressed.objects.bulk_create(fresh, ignore_conflicts=True)
    report.added += len(changed) + len(fresh)
    report.known += len(batch) - len(changed) - len(fresh)
    batch.clear()


def _replace(old: Suppressed, new: Suppressed | None) -> bool:
    """Let an entry be what a line says, if it then lasts longer as ours."""
    if new is None or (old.is_ours and not _lasts_longer(new, old)):
        return False
    for name in _REPLACED:
        setattr(old, name, getattr(new, name))
    return True


def _lasts_longer(new: Suppressed, old: Suppressed) -> bool:
    if old.expires_at is None or new.expires_at is None:
        return old.expires_at is not None
    return new.expires_at > old.expires_at
