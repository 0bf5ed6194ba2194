"""Clocks, the policies that set them, and how well they are kept."""
