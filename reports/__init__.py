"""Run records in, one HTML page out.  Knows neither torch nor the reference."""
