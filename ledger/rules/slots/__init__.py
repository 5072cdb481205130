"""Assignments of predictors to slots: generated, attributed and tried on the past."""
