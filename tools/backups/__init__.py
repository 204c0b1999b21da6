"""Backups: measure, plan, write the scripts, and prove a restore."""
