"""Judging on a Dask cluster; the coordinator is the one process that reads and writes a class."""
