"""The two-way mirror of cases into a tracker.

Owns the `mirror_*` tables. Learns from the log which cases changed, keeps per link the operations still to be done,
carries them out one at a time, and takes the tracker's changes back as actions of the persons who made them.
"""
