"""Pages and the policies that decide who is paged, in which order."""
