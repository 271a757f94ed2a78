"""The tab's screens, before and after, side by side: `python -m benchmarks.screens OUT`."""
