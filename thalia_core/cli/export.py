"""``thalia export``: layers of a cube for other programs."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    parser = subparsers.add_parser("export", help="a layer or mask as a file for other programs")
    ways = parser.add_subparsers(metavar="FORMAT", required=True)
    tiff = ways.add_parser(
        "geotiff",
        help="one layer or mask as GeoTIFF, for QGIS and other programs",
        description="Write one layer or mask as it is on disk: measured values as float32 with NaN "
        "for no data, masks as uint8 with colours and names of the classes.",
    )
    tiff.add_argument("cube", type=Path, metavar="CUBE")
    tiff.add_argument("out", type=Path, metavar="OUT.tif", help="replaced when it is there")
    tiff.add_argument("--layer", required=True, metavar="NAME", help="such as insar_difference")
    tiff.add_argument(
        "--pair", metavar="D1_D2", help="20240211_20240306; not needed for heights and land"
    )
    tiff.set_defaults(run=run_geotiff)


def run_geotiff(args: Namespace) -> int:
    """Write the file and name it."""
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_core.export.geotiff import geotiff_of

    cube = CubeStore.open(args.cube)
    pair = None if args.pair is None else DatePair.parse(args.pair)
    geotiff_of(cube, pair, args.layer, args.out)
    sys.stdout.write(f"{args.out}: {args.layer}{'' if pair is None else f' of {pair}'}\n")
    return 0
