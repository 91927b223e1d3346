"""The settings dialog: what a person sets there holds at once and is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from thalia_core.errors import ThaliaError
from thalia_viewer import theme as themes
from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_viewer.dialogs.settings import SettingsDialog
    from thalia_viewer.parts import Parts


class SettingsFeature(Feature):
    """Opens the dialog, carries out what is set, and follows the theme of the desktop."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._dialog: SettingsDialog | None = None
        parts.actions.bind("edit.settings", self.ask)
        parts.state.masks_changed.connect(self._show)
        parts.state.radius_changed.connect(self._show)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)

    def ask(self) -> None:
        """Open the dialog."""
        from thalia_viewer.dialogs.settings import SettingsDialog
        from thalia_viewer.making import login

        p = self.parts
        dialog = SettingsDialog(self._as_it_stands(), login(), p.actions, p.window)
        dialog.general.changed.connect(self.set_value)
        dialog.keys.keys_edited.connect(self.set_keys)
        self._dialog = dialog
        dialog.finished.connect(self._closed)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def set_keys(self, keys: dict[str, str]) -> None:
        """Other keys hold from now on."""
        self.parts.actions.rebind(keys)
        self._keep(keys=keys)

    def set_value(self, name: str, value: Any) -> None:
        """One setting."""
        p = self.parts
        self._keep(**{name: value})
        if name == "annotator":
            from thalia_viewer.making import login

            p.editor.annotator = value or login()
        elif name == "theme":
            self._dress(value)
        elif name == "lock_finished":
            p.editor.set_locks(value)
        elif name == "history_mb":
            p.editor.memory = value * 2**20
        elif name == "brush_radius":
            p.state.set_radius(value)
        elif name == "mask_opacity":
            p.state.set_masks(opacity=value)
        elif name == "contour":
            p.state.set_masks(contour=value)
        elif name == "prediction_opacity":
            p.state.set_prediction_style(opacity=value)

    def _as_it_stands(self) -> Any:
        """The settings with what was changed in the window since they were read."""
        from dataclasses import replace

        state = self.parts.state
        return replace(
            self.parts.settings.value,
            brush_radius=state.radius,
            mask_opacity=state.mask_opacity,
            contour=state.contour,
            prediction_opacity=state.prediction_opacity,
        )

    def _show(self, *_: object) -> None:
        """The dialog shows what the window changes behind it."""
        if self._dialog is not None:
            state, general = self.parts.state, self._dialog.general
            general.show_value("mask_opacity", state.mask_opacity)
            general.show_value("contour", state.contour)
            general.show_value("prediction_opacity", state.prediction_opacity)
            general.show_value("brush_radius", state.radius)

    def _closed(self) -> None:
        self._dialog = None

    def _follow(self) -> None:
        if self.parts.settings.value.theme == "system":
            self._dress("system")

    def _dress(self, name: str) -> None:
        """Dress the window; the action of the menu View does it, and keeps another name."""
        light, action = themes.named(name) is themes.LIGHT, self.parts.actions["view.light"]
        if action.isChecked() != light:
            action.trigger()
        self._keep(theme=name)

    def _keep(self, **changes: Any) -> None:
        try:
            self.parts.settings.update(**changes)
        except ThaliaError as error:
            self.parts.errors.report(error, key="settings")
