"""Rows of the menu View on phases: their unit, their colours, and what shows through them."""

from thalia_viewer.table.row import Action

_MENU = "View/Phase"

ROWS: tuple[Action, ...] = (
    Action(
        "phase.unit",
        "Next unit of the legend",
        "U",
        _MENU,
        "",
        "pair",
        "Phase in rad, in fringes, or in cm along the line of sight",
    ),
    Action(
        "phase.coherence",
        "Coherence as transparency",
        "Shift+C",
        _MENU,
        "",
        "layer insar_coherence",
        "The ground shows through where coherence is low: gone below 0.1, whole from 0.6",
        toggle=True,
        line=True,
    ),
    Action(
        "phase.water",
        "Grey water",
        "L",
        _MENU,
        "",
        "layer land_mask",
        "Hide the phase where the land mask says water",
        toggle=True,
    ),
    Action(
        "phase.hillshade",
        "Hillshade under the phase",
        "G",
        _MENU,
        "",
        "layer dem",
        "Light and shade of the terrain, from the heights",
        toggle=True,
    ),
    *(
        Action(
            f"phase.wrap_{name}",
            f"Colours repeat every {text}",
            "",
            _MENU,
            "",
            when,
            tip,
            "wrap",
            toggle=True,
            line=name == "quarter",
        )
        for name, text, when, tip in (
            ("quarter", "π/2", "pair", "A cycle of colours is a quarter of a fringe, π/2 rad"),
            ("half", "π", "pair", "A cycle of colours is half a fringe, π rad"),
            ("full", "2π", "pair", "A cycle of colours is a fringe, 2π rad"),
            (
                "double",
                "4π (unwrapped phase only)",
                "layer unwrapped_here",
                "A cycle of colours is two fringes, 4π rad; wrapped phase has lost what tells "
                "one from the next and keeps 2π",
            ),
        )
    ),
    Action(
        "phase.rewrap",
        "Unwrapped phase in cycles",
        "",
        _MENU,
        "",
        "layer unwrapped_here",
        "Show the unwrapped phase in cycles of colours too",
        toggle=True,
    ),
    Action(
        "phase.zero",
        "Phase at the cursor as zero",
        "0",
        _MENU,
        "",
        "pair",
        "Shift the colours so that the phase around the cursor has that of 0 rad",
        line=True,
    ),
    Action(
        "phase.unshift",
        "No shift of the phase",
        "Ctrl+0",
        _MENU,
        "",
        "pair",
        "Colours as the phase was measured",
    ),
)
