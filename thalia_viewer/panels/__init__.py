"""The docks around the picture: each shows one thing and tells what a person asked for."""
