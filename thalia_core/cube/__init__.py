"""What a frame is: names, grid, date pairs, labels, and the Zarr store that holds them."""
