"""ERA5 single-level fields on the grid of a frame.

    plan = plan_era5(paths, geometry, dates, "00:26:14")
    plane = read_era5(plan, "surface_pressure", day)

Planning reads: a plan holds the few ERA5 nodes around the frame for every date (some hundred
kilobytes), so that it can be sent to processes and machines that do not see the files. For several
frames open the files once, ``with Era5.open(paths) as era5``, and plan from them.
"""

from thalia_core.build.era5.plan import Era5Plan, plan_era5, read_era5
from thalia_core.build.era5.source import Era5

__all__ = ["Era5", "Era5Plan", "plan_era5", "read_era5"]
