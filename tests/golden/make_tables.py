#!/usr/bin/python3
"""Golden numbers from scikit-learn for the steps of data::Preprocessor.

    /usr/bin/python3 tests/golden/make_tables.py > tests/golden/tables.txt    (Debian: python3-sklearn 1.2)

Steps are fitted on the first 30 of 40 rows and applied to all. Holes are where input 1 of the row is below
-1.2; tests/data/tables/preprocessor_test.cpp makes the same tables.
"""
import numpy as np
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

from golden import wild

ROWS, TRAIN, COLUMNS = 40, 30, 4


def table(name, holes):
    x = wild(name, 0, (ROWS, COLUMNS)).numpy() * np.array([1.0, 1000.0, 0.01, 3.0])
    if holes:
        x[wild(name, 1, (ROWS, COLUMNS)).numpy() < -1.2] = np.nan
    return x


def emit(name, step, x):
    y = step.fit(x[:TRAIN]).transform(x)
    print(name, "value", 0, *(repr(float(v)) for v in np.asarray(y).reshape(-1)))


for name, step in [
    ("min_max", MinMaxScaler()),
    ("min_max_range", MinMaxScaler((-1, 2.5))),
    ("standard", StandardScaler()),
    ("robust", RobustScaler()),
]:
    emit(name, step, table(name, False))
    emit(name + "_holes", step, table(name + "_holes", True))
for name, step in [
    ("mean", SimpleImputer(strategy="mean")),
    ("median", SimpleImputer(strategy="median")),
    ("nearest", KNNImputer(n_neighbors=3)),
    ("nearest_many", KNNImputer(n_neighbors=25)),
    ("standard_nearest", make_pipeline(StandardScaler(), KNNImputer(n_neighbors=3))),
]:
    emit(name, step, table(name, True))
emit("mode", SimpleImputer(strategy="most_frequent"), np.floor(table("mode", True)))
texts = np.array([[f"c{int(v)}" for v in row] for row in 2.0 + wild("texts", 0, (ROWS, 2)).numpy()])
emit("one_hot", OneHotEncoder(sparse_output=False), texts)
emit("ordinal", OrdinalEncoder(), texts)
