"""Going through pairs: decisions, comments, queues, second opinions and reports. No torch."""
