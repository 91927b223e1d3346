"""What a wrapped phase means: arithmetic on the circle, line of sight, centimetres.

Pure functions of arrays, and beside them those that read what a question needs from a cube
(``measure``, ``series``, ``triangle``, ``reference``). "Phase" alone is ambiguous in
this program (the volcano has one, too), so names say ``wrapped_phase`` or ``unwrapped_phase``.

Sign, used everywhere: the first date of a pair is the earlier one, and the unwrapped phase grows
when the ground moves *away* from the satellite or the signal is delayed. Uplift lowers the phase.
"""
