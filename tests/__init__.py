"""A package, because that of the same name which wittgenstein installs would stand before a mere folder."""
