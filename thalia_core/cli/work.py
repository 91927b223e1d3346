"""What verbs that work for long share: where the work runs, and how its progress is shown."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from thalia_core.progress import Event, Started, Step

if TYPE_CHECKING:
    from thalia_core.jobs.pool import Pool

Tell = Callable[[Event], None]


def add_pool_options(parser: ArgumentParser) -> None:
    """``--workers`` and ``--scheduler``."""
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes on this machine (default: one a core)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="work on a Dask cluster instead, such as tcp://host:8786; its workers must see the "
        "same files under the same paths",
    )


def pool_of(args: Namespace, tasks: int) -> "AbstractContextManager[Pool]":
    """The pool that the options ask for; no more processes than there are tasks."""
    from thalia_core.jobs.pool import open_pool

    if args.scheduler or args.workers is not None:
        return open_pool(args.workers, args.scheduler)
    import os

    return open_pool(max(1, min(os.cpu_count() or 1, tasks)))


@contextmanager
def progress_bar(unit: str = "it", wanted: bool = False) -> "Iterator[Tell]":
    """A bar on standard error, fed by events; silent where nobody looks."""
    from tqdm import tqdm

    hidden = not (wanted or sys.stderr.isatty())
    with tqdm(unit=unit, file=sys.stderr, disable=hidden, leave=False) as bar:

        def tell(event: Event) -> None:
            if isinstance(event, Started):
                bar.set_description(event.text)
            elif isinstance(event, Step):
                bar.total = event.total
                bar.update(event.done - bar.n)

        yield tell
