"""Synthetic frames with a known truth: to try the program on, to test with, to teach a model.

One module for each cause of what an interferogram shows (``sources``, ``atmosphere``,
``coherence``, ``terrain``), ``plan`` for the values that describe a frame, ``scene`` for the planes
that follow from them, ``truth`` for masks and labels as an expert would give them, ``writer`` and
``demo`` for cubes on disk. All of it is a pure function of the plan and its seed: every plane can
be made again, in any order, to the last bit.
"""
