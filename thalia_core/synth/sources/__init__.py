"""Displacement of the ground by sources at depth, in a homogeneous elastic half-space.

Metres, degrees, z up, Poisson's ratio 0.25 unless given. One module a source.
"""

from thalia_core.synth.sources.base import POISSON, Displacement, Source
from thalia_core.synth.sources.mogi import Mogi
from thalia_core.synth.sources.okada import Okada
from thalia_core.synth.sources.penny import PennyCrack
from thalia_core.synth.sources.spheroid import Spheroid

__all__ = ["POISSON", "Displacement", "Mogi", "Okada", "PennyCrack", "Source", "Spheroid"]
