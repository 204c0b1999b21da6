"""Whether drafted migrations reach the wanted schema and come back, kind of change by kind of change."""
