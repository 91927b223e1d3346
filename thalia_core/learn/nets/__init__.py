"""Models that are more than one encoder over a stack of planes."""
