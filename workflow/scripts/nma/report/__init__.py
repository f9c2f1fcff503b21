"""report.html and summary.html."""
