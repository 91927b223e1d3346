"""``thalia models``: what can be trained, and how large it is beside the published."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import Any

CHANNELS = (3, 9, 27)
_PUBLISHED = (9, 27)


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    models = subparsers.add_parser(
        "models",
        help="the models that can be trained, with their sizes",
        description="Count the trainable parameters of every model for 3, 9 and 27 input planes "
        "and two classes, beside the published counts. Exit code 1: one differs.",
    )
    models.add_argument("--json", action="store_true")
    models.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Build and count; nothing is allocated."""
    import torch

    from thalia_core.learn.models import build, parameters
    from thalia_core.learn.names import MODELS

    rows: list[dict[str, Any]] = []
    for model in MODELS.values():
        counts = {}
        for channels in CHANNELS:
            with torch.device("meta"):
                counts[channels] = parameters(build(model.name, channels))
        published = dict(zip(_PUBLISHED, model.millions or (), strict=False))
        agrees = all(
            round(counts[channels] / 1e6, 1) == millions for channels, millions in published.items()
        )
        rows.append(
            {
                "name": model.name,
                "title": model.title,
                "task": model.task,
                "library": model.library,
                "architecture": model.architecture,
                "stride": model.stride,
                "parameters": {str(channels): count for channels, count in counts.items()},
                "published_millions": {str(c): m for c, m in published.items()},
                "agrees": agrees,
            }
        )
    sys.stdout.write(json.dumps(rows, indent=2) + "\n" if args.json else _text(rows))
    return 0 if all(row["agrees"] for row in rows) else 1


def _text(rows: list[dict[str, Any]]) -> str:
    lines = ["millions of parameters for 3, 9 and 27 planes, in brackets as published", ""]
    for row in rows:
        published = row["published_millions"]
        cells = []
        for channels in map(str, CHANNELS):
            told = f"({published[channels]:.1f})" if channels in published else ""
            cells.append(f"{row['parameters'][channels] / 1e6:8.2f} {told:<7}")
        flag = "" if row["agrees"] else "  differs"
        lines.append(f"{row['task']:<15}{row['name']:<16}{row['title']:<26}{''.join(cells)}{flag}")
    return "\n".join(lines) + "\n"
