"""The published benchmark as tables without pixels: samples, splits, series, manifests."""
