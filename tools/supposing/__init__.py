"""What if settings, sizes or indexes were others: the workload planned again on the shadow."""
