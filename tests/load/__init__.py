"""Many people at once: agents as real sessions of real dashboards, collectors beside them. Begun by `make load`."""
