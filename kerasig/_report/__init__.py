"""Reports: one HTML file that shows what the tab shows, or what an attribution is, to whoever opens it."""
