"""The pages of the grid: what waits, and what makes them work without a network."""
