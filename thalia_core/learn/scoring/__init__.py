"""How good a model is, in which cases, how surely, and beside guesses that see no image."""
