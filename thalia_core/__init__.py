"""Headless engine of Thalia: cubes of wrapped interferograms, their labels, and models of them.

Numpy arrays and frozen values go in and out; nothing here imports Qt. The rooms, from the ground
up: ``errors`` and ``progress``; ``cube`` (what a frame is and where it is stored); ``insar`` (phase
arithmetic); ``archive`` (a folder of cubes); ``annotate`` (every change of a label); ``build``
(cubes from LiCSAR products); ``synth`` (cubes with known truth); ``learn`` and ``jobs`` (training
and prediction in processes of their own); ``cli`` (the ``thalia`` command).
"""

__version__ = "0.1.0"
