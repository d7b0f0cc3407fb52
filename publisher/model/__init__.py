"""The shared vocabulary: what a statistic is, what a stage hands on, what a cell can be."""
