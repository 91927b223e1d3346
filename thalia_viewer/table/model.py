"""Rows of the menu Model."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
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
)
