"""Layers of a cube for other programs."""
