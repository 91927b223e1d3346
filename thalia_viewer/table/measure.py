"""Rows of the menu Measure."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = ()
