"""Monitoring: dashboards and alert rules with thresholds from the database itself."""
