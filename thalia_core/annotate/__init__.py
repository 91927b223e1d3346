"""Every change of a label: shapes, steps, their journal, and the session that applies them."""
