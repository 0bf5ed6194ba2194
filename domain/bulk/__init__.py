"""Owns what is done to many cases at once: batches, what they wait for, their undoing, and stopping who runs wild."""
