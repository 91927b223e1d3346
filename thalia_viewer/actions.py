"""All that a person can tell the program: one table, from which menus, keys and help follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.schema import LAYERS, VARIABLES


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table.

    Attributes:
        id: Stable name; the object name of everything that stands for the action.
        text: What menus and the key sheet say.
        key: Default key sequence, empty for none.
        menu: Title of the menu it stands in, with ``/`` before a sub-menu.
        icon: File in ``resources/icons``, without its ending.
        when: Condition under which it can be used, see ``EditPresenter``.
        tip: One sentence more than the text, units named.
        group: Of the actions in a group exactly one is checked.
        toggle: Has a checked and an unchecked state.
        hold: Acts while its key is held down.
    """

    id: str
    text: str
    key: str = ""
    menu: str = ""
    icon: str = ""
    when: str = "always"
    tip: str = ""
    group: str = ""
    toggle: bool = False
    hold: bool = False


LAYER_TITLES: Mapping[str, str] = {
    "insar_difference": "Phase",
    "insar_coherence": "Coherence",
    "dem": "Height",
    "land_mask": "Land mask",
    "unwrapped_phase": "Unwrapped phase",
    "los_east": "Line of sight, east",
    "los_north": "Line of sight, north",
    "los_up": "Line of sight, up",
    **{
        f"{date}_{name}": f"{title}, {date.removesuffix('_date')}"
        for name, title in (
            ("total_column_water_vapour", "Water vapour"),
            ("surface_pressure", "Surface pressure"),
            ("vertical_integral_of_temperature", "Temperature integral"),
            ("gacos_slant_delay", "GACOS delay"),
        )
        for date in ("primary_date", "secondary_date")
    },
}
"""Short names of the layers, in the order of the schema."""
assert set(LAYER_TITLES) == set(LAYERS)

_LAYER_ACTIONS = tuple(
    Action(
        f"layer.{name}",
        LAYER_TITLES[name],
        f"Ctrl+{n}" if n < 10 else "",
        "View/Layer",
        when="pair",
        tip=f"Show {VARIABLES[name].long_name}"
        + (f" ({VARIABLES[name].units})" if VARIABLES[name].units else ""),
        group="layer",
        toggle=True,
    )
    for n, name in enumerate(LAYER_TITLES, start=1)
)
_CLASS_ACTIONS = tuple(
    Action(
        f"activity.{int(code)}",
        code.name.capitalize(),
        str(int(code)),
        "Paint/Activity type",
        when="editable",
        tip=f"Paint the activity type {code.name.capitalize()}",
        group="activity",
        toggle=True,
    )
    for code in Activity
    if code
) + tuple(
    Action(
        f"intensity.{int(code)}",
        code.name.capitalize(),
        f"Alt+{int(code)}",
        "Paint/Intensity",
        when="intense",
        tip=f"Paint the intensity {code.name.capitalize()}: {fringes}",
        group="intensity",
        toggle=True,
    )
    for code, fringes in (
        (Intensity.LOW, "1 fringe"),
        (Intensity.MEDIUM, "2 to 3 fringes"),
        (Intensity.HIGH, "more than 3 fringes"),
    )
)

ACTIONS: tuple[Action, ...] = (
    Action("file.open", "Open archive or cube…", "Ctrl+O", "File", "file.open"),
    Action("file.rescan", "Look for new cubes", "F5", "File", "file.rescan", "archive"),
    Action("file.save", "Save now", "Ctrl+S", "File", "file.save", "editable"),
    Action("file.picture", "Save picture of the window…", "", "File", "", "always"),
    Action("file.quit", "Quit", "Ctrl+Q", "File"),
    Action("edit.undo", "Undo", "Ctrl+Z", "Edit", "edit.undo", "undoable"),
    Action("edit.redo", "Redo", "Ctrl+Shift+Z", "Edit", "edit.redo", "redoable"),
    Action("pair.previous", "Previous pair", "A", "Pairs", "pair.previous", "pair"),
    Action("pair.next", "Next pair", "D", "Pairs", "pair.next", "pair"),
    Action(
        "pair.previous_secondary",
        "Previous secondary, same primary",
        "Shift+A",
        "Pairs",
        "",
        "pair",
    ),
    Action("pair.next_secondary", "Next secondary, same primary", "Shift+D", "Pairs", "", "pair"),
    Action("pair.previous_primary", "Previous primary, same secondary", "W", "Pairs", "", "pair"),
    Action("pair.next_primary", "Next primary, same secondary", "S", "Pairs", "", "pair"),
    Action("pair.next_unlabelled", "Next unlabelled pair", "N", "Pairs", "pair.unlabelled", "pair"),
    Action(
        "pair.find",
        "Find pairs",
        "Ctrl+F",
        "Pairs",
        "pair.find",
        "archive",
        "Filter the pairs of the archive: type:dyke days:<=24",
    ),
    Action("frame.previous", "Previous frame", "Ctrl+PgUp", "Pairs", "", "archive"),
    Action("frame.next", "Next frame", "Ctrl+PgDown", "Pairs", "", "archive"),
    Action(
        "tool.pan", "Pan", "V", "Paint", "tool.pan", "pair", "Move the picture", "tool", toggle=True
    ),
    Action(
        "tool.brush",
        "Brush",
        "B",
        "Paint",
        "tool.brush",
        "editable",
        "Paint the chosen type and intensity; Ctrl-drag erases",
        "tool",
        toggle=True,
    ),
    Action(
        "tool.eraser",
        "Eraser",
        "E",
        "Paint",
        "tool.eraser",
        "editable",
        "Remove the mask under the brush",
        "tool",
        toggle=True,
    ),
    Action(
        "tool.polygon",
        "Polygon",
        "P",
        "Paint",
        "tool.polygon",
        "editable",
        "Click corners, Enter or a double click closes, Esc gives up; Ctrl at the end erases",
        "tool",
        toggle=True,
    ),
    Action("tool.swap", "Swap the last two tools", "X", "Paint", "", "editable"),
    Action("brush.smaller", "Smaller brush", "[", "Paint", "", "editable"),
    Action("brush.larger", "Larger brush", "]", "Paint", "", "editable"),
    *_CLASS_ACTIONS,
    *_LAYER_ACTIONS,
    Action(
        "view.masks", "Show masks", "H", "View", "view.masks", "pair", "Hide or show", toggle=True
    ),
    Action(
        "view.contour",
        "Masks as contours",
        "C",
        "View",
        "view.contour",
        "pair",
        "Outlines instead of filled masks",
        toggle=True,
    ),
    Action(
        "view.bare",
        "Bare layer while held",
        "Space",
        "View",
        "",
        "pair",
        "Nothing but the layer while the key is down",
        hold=True,
    ),
    Action("view.reset", "Whole frame", "Z", "View", "view.reset", "pair"),
    Action("view.light", "Light theme", "", "View", "", "always", toggle=True),
    Action("model.train", "Train…", "Ctrl+T", "Model", "model.train", "archive"),
    Action("model.apply", "Apply to this pair…", "Ctrl+Shift+P", "Model", "model.apply", "pair"),
    Action(
        "model.overlay",
        "Show prediction",
        "O",
        "Model",
        "model.overlay",
        "prediction",
        "Probability of deformation over the layer",
        toggle=True,
    ),
    Action("help.keys", "Keys", "?", "Help", "help.keys"),
    Action("help.log", "Show the crash log", "", "Help"),
    Action("help.about", "About Thalia", "", "Help"),
)

MENUS: tuple[str, ...] = ("File", "Edit", "Pairs", "Paint", "View", "Model", "Help")


def by_id(name: str) -> Action:
    """The row of that id."""
    return next(row for row in ACTIONS if row.id == name)


class ActionSet(QObject):
    """The table as Qt actions.

    Args:
        keys: Key sequences that differ from the table, by action id.
        parent: Owner; the window, so that the keys work all over it.
    """

    def __init__(self, keys: Mapping[str, str], parent: QObject) -> None:
        super().__init__(parent)
        self._owner = parent
        self._keys = dict(keys)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._holds: dict[str, Callable[[bool], None]] = {}
        for row in ACTIONS:
            self._actions[row.id] = self._make(row)

    @property
    def table(self) -> tuple[Action, ...]:
        """All rows."""
        return ACTIONS

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def key(self, name: str) -> str:
        """The key sequence in force, in the portable spelling of the table."""
        return self._keys.get(name, by_id(name).key)

    def bind(self, name: str, slot: Callable[[], None]) -> None:
        """What the action does."""
        self._actions[name].triggered.connect(lambda _checked=False: slot())

    def bind_toggle(self, name: str, slot: Callable[[bool], None]) -> None:
        """What the action does with its new state, when a person changes it."""
        self._actions[name].triggered.connect(slot)

    def bind_hold(self, name: str, slot: Callable[[bool], None]) -> None:
        """What happens when the key goes down (True) and up again (False)."""
        self._holds[name] = slot

    def held(self, sequence: QKeySequence) -> Callable[[bool], None] | None:
        """The function of the usable hold action on that key, if there is one."""
        for name, slot in self._holds.items():
            if QKeySequence(self.key(name)) == sequence and self._actions[name].isEnabled():
                return slot
        return None

    def allow(self, conditions: Iterable[str]) -> None:
        """Enable exactly the actions whose condition holds."""
        holding = {"always", *conditions}
        for row in ACTIONS:
            self._actions[row.id].setEnabled(row.when in holding)

    def allow_layers(self, layers: Iterable[str]) -> None:
        """Disable the layers the frame does not have."""
        for name in set(LAYER_TITLES) - set(layers):
            self._actions[f"layer.{name}"].setEnabled(False)

    def check(self, name: str, on: bool = True) -> None:
        """Show a state that something else than the action itself changed."""
        self._actions[name].setChecked(on)

    def sheet(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The key sheet: for each menu its (text, key) rows, actions without a key left out."""
        pages: list[tuple[str, list[tuple[str, str]]]] = []
        for menu in MENUS:
            rows = [
                (row.text, shown_key(self.key(row.id)))
                for row in ACTIONS
                if row.menu.split("/")[0] == menu and self.key(row.id)
            ]
            if rows:
                pages.append((menu, rows))
        return pages

    def _make(self, row: Action) -> QAction:
        action = QAction(row.text, self._owner)
        action.setObjectName(row.id)
        action.setCheckable(row.toggle)
        key = self.key(row.id)
        if key and not row.hold:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        tip = row.tip or row.text.rstrip("…")
        action.setToolTip(f"{tip} ({shown_key(key)})" if key else tip)
        action.setStatusTip("")
        if row.group:
            if row.group not in self._groups:
                self._groups[row.group] = QActionGroup(self._owner)
            self._groups[row.group].addAction(action)
        return action


def shown_key(key: str) -> str:
    """A key sequence as this platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
