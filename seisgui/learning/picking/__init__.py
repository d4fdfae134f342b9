"""Arrival picking: windows and targets, prediction of records, picks and their scores."""
