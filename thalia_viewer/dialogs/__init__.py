"""Questions in a window of their own: a dialog edits a value and returns it, it starts nothing."""
