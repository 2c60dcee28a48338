#!/usr/bin/python3
"""Golden numbers from scikit-learn for training/metrics.

    /usr/bin/python3 tests/golden/make_metrics.py > tests/golden/metrics.txt    (Debian: python3-sklearn 1.2)
"""
import numpy as np
from sklearn import metrics

from golden import wild

N = 60


def emit(name, *values):
    for i, v in enumerate(values):
        print(name, "value", i, *(repr(float(x)) for x in np.asarray(v, dtype=float).reshape(-1)))


def whole(name, classes):
    return np.floor(wild(name, 0, (N,), 0.0, classes).numpy()).astype(int)


y, t = wild("y", 0, (N, 3)).numpy(), wild("t", 0, (N, 3)).numpy()
emit("mse", metrics.mean_squared_error(t, y))
emit("rmse", metrics.mean_squared_error(t.ravel(), y.ravel(), squared=False))
emit("mae", metrics.mean_absolute_error(t, y))
emit("explained_variance", metrics.explained_variance_score(t, 0.5 * t + 0.1 * y))

for name, classes in [("binary", 2), ("many", 4)]:
    p, l = whole(name + "_p", classes), whole(name + "_l", classes)
    emit(name + "_confusion", metrics.confusion_matrix(l, p))
    emit(name + "_accuracy", metrics.accuracy_score(l, p))
    for average in ["binary", "macro", "micro", "weighted"][0 if classes == 2 else 1:]:
        emit(f"{name}_{average}", metrics.precision_score(l, p, average=average),
             metrics.recall_score(l, p, average=average), metrics.f1_score(l, p, average=average))

labels = whole("labels", 2)
for name, steps in [("smooth", 1e9), ("ties", 3.0), ("one_score", 0.2)]:
    scores = np.floor(wild(name, 0, (N,)).numpy() * steps) / steps + 0.4 * labels
    if name == "one_score":
        scores = np.zeros(N)
    for kind, drop in [("roc", False), ("roc_dropped", True)]:
        fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=drop)
        emit(f"{name}_{kind}", fpr, tpr, thresholds[1:])
    precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
    emit(name + "_pr", recall, precision, thresholds)
    emit(name + "_areas", metrics.roc_auc_score(labels, scores), metrics.average_precision_score(labels, scores),
         metrics.auc(recall, precision))
