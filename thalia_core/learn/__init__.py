"""Training, evaluating and applying models. Imports nothing: only some modules need torch."""
