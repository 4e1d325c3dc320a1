"""The admin pages. Nothing imports them but Django's autodiscovery."""
