"""A whole table of runs: models by settings by seeds, trained, scored, and put side by side."""
