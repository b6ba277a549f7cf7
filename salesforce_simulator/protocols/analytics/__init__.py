"""The Analytics API: reports under /services/data/vN.N/analytics."""
