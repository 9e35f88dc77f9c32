"""A small web shop, made of processes that talk HTTP, to record real traces from."""
