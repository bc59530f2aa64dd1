"""The agent desk: its API, its pages, its live streams."""
