"""New products that arrive in a folder are built, predicted and queued."""
