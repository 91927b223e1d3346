"""Where batches come from besides cubes: shards in the published WebDataset layout."""
