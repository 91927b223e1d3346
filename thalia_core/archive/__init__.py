"""A folder of cubes as one archive."""
