"""The demo: a whole desk on one machine, and a day of its life played in front of whoever started it."""
