"""The two-way mirror of cases into a tracker."""
