"""The parts of the report of a load: what is counted, what is drawn, and what is said of it."""
