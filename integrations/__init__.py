"""Everything outside our process."""
