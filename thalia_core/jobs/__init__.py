"""Long work as a process with a folder. Imports nothing: see ``rundir`` and ``worker``."""
