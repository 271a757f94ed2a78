"""
Title: Explain a trained model
Description: Why did it say so? Choose what to compare with, read the error, and check that the answer is true.
Packages: kerasig[tf], scikit-learn, pandas
Seconds: 15
"""

"""
## What you will see

A network was trained to tell malignant from benign tumours by 30 numbers that were measured under a microscope. You
have a patient in front of you whom it calls malignant, and want to know why.

The answer depends on one choice, the *baseline*, and comes with an error that says whether to believe it. The data
are scikit-learn's: 569 real patients.
"""

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer

import kerasig

data = load_breast_cancer()
order = np.random.default_rng(0).permutation(len(data.data))
x = data.data[order].astype("float32")
y = data.target[order]  # 0 is malignant, 1 is benign
names = [str(name) for name in data.feature_names]
x, y, x_test, y_test = x[100:], y[100:], x[:100], y[:100]

keras.utils.set_random_seed(0)
scaling = keras.layers.Normalization()
scaling.adapt(x)
model = keras.Sequential(
    [
        keras.Input((30,)),
        scaling,
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, batch_size=32, verbose=0)
print(f"accuracy on patients that it has not seen: {model.evaluate(x_test, y_test, verbose=0)[1]:.0%}")

patients = x_test[y_test == 0][:6]

"""
## A first answer, and what is wrong with it

`kerasig.explain` takes the model, the inputs, and the class to explain; without one it takes the class that was
predicted. It gives each of the 30 numbers a share of the score: positive shares raise it, negative ones lower it.
"""

classes = ["malignant", "benign"]
first = kerasig.explain(model, patients, 0)
first.plot(0, feature_names=names, class_names=classes)

"""
All shares together are the difference between the score here and the score at the *baseline*, which counts as
"nothing is known". By default that is zero everywhere. For a photograph it is black, which is a fair choice. Here it
is a tumour with a radius of zero and a smoothness of zero. There is no such tumour, and what the network makes of it
means nothing.

## Choose what to compare with

The baseline is the other half of the question. Ask "why malignant, **rather than what**?":

* Rather than the average patient: `kerasig.baselines.Mean(x)`.
* Rather than a healthy one: `kerasig.baselines.Mean(x[y == 1])`.
* Rather than any of several healthy ones: `kerasig.baselines.Samples(x[y == 1], n=20)`. It averages over 20 real
  patients and takes 20 times as long. A mean of patients is no patient; these are.
"""

healthy = x[y == 1]
baselines = {
    "zeros": None,
    "mean of all": kerasig.baselines.Mean(x),
    "mean of healthy": kerasig.baselines.Mean(healthy),
    "20 healthy": kerasig.baselines.Samples(healthy, n=20),
}
answers = {name: kerasig.explain(model, patients, 0, baselines=each) for name, each in baselines.items()}

for name, answer in answers.items():
    top = np.argsort(-answer.values[0])[:3]
    said = ", ".join(f"{names[feature]} {answer.values[0, feature]:.2f}" for feature in top)
    print(f"{name:16s} from score {answer.baseline_score[0]:.2f}:  {said}")

"""
The answers agree where the questions do. From the zeros on, it is smoothness; beside real patients it is concavity.
Only the latter is an answer that a doctor could use.
"""

attribution = answers["mean of healthy"]
attribution.plot([0, 1], feature_names=names, class_names=classes)

"""
## Read the error

The shares are an integral along the way from the baseline to the input, and integrals are computed at a few points.
Most libraries take 20 or 50 points, and say nothing of what that costs. kerasig goes on until each example is
accurate enough, and tells how accurate it is:
"""

print(attribution)

"""
* **converged**: how many examples are within tolerance.
* **residual**: how far the shares are from adding up to the score's change. 0.01 is 1% of that change.
* **map_error**: how far off the single shares may be, all together. 0.05 is 5%.
* **gradients each**: what it took.

With a fixed number of points you can see what is at stake:
"""

print("points  residual  map error  within tolerance")
for points in (5, 20, 50, 100, 300):
    fixed = kerasig.explain(model, patients, 0, baselines=kerasig.baselines.Mean(healthy), steps=points)
    within = fixed.converged.sum()
    print(f"{points:6d}  {fixed.residual.max():8.1%}  {fixed.map_error.max():9.1%}  {within} of 6")
print(f"  auto  {attribution.residual.max():8.1%}  {attribution.map_error.max():9.1%}  6 of 6")

"""
This network makes up its mind in a small part of the way, and evenly spread points miss it. `status` says of each
example why it is not within tolerance, and `print` adds what to do about it:
"""

print(kerasig.explain(model, patients, 0, baselines=kerasig.baselines.Mean(healthy), steps=20))

"""
## Probabilities or log odds?

The probability of these patients is 1.00, and stays so over most of the way: what raises a score of 0.99 to 0.999
hardly counts. Log odds do not flatten. Any function of the outputs can be explained, so:
"""


def log_odds(outputs):
    """Of malignant against benign, from the two probabilities."""
    return keras.ops.log(outputs[:, 0]) - keras.ops.log(outputs[:, 1])


in_log_odds = kerasig.explain(model, patients, log_odds, baselines=kerasig.baselines.Mean(healthy))
for name, answer in {"probability": attribution, "log odds": in_log_odds}.items():
    share = np.abs(answer.values[0]) / np.abs(answer.values[0]).sum()
    top = np.argsort(-share)[:4]
    print(f"{name:12s}", ", ".join(f"{names[feature]} {share[feature]:.0%}" for feature in top))

"""
Here both name the same features, so the answer does not hang on the choice. Where they differ, probabilities say what
made the decision, and log odds all that speaks for it.

## Check that it is true

If an answer is right, the score must fall when the numbers it points at are replaced by those of a healthy patient,
and fall less when others are. `kerasig.metrics.deletion` replaces the largest shares first:
"""

mean_healthy = healthy.mean(axis=0)


def replaced(mask):
    """The scores of the patients when the numbers in the mask are those of the mean healthy patient."""
    return model.predict(np.where(mask, mean_healthy, patients), verbose=0)[:, 0]


counts = [0, 2, 5, 10, 15]
ours = kerasig.metrics.deletion(attribution.values, replaced, counts)
chance = kerasig.metrics.deletion(np.random.default_rng(0).normal(size=patients.shape), replaced, counts)
print("replaced          ", *[f"{count:5d}" for count in counts])
print("score, by shares  ", *[f"{score:5.2f}" for score in ours.scores.mean(axis=0)])
print("score, by chance  ", *[f"{score:5.2f}" for score in chance.scores.mean(axis=0)])

"""
## What matters to the network as a whole

One patient is an anecdote. Over all malignant patients of the test set, the mean size of each share:
"""

everybody = kerasig.explain(model, x_test[y_test == 0], 0, baselines=kerasig.baselines.Mean(healthy))
table = everybody.to_dataframe(feature_names=names)
table.abs().mean().sort_values(ascending=False).head(8).round(3)

"""
## What to try next

* `attribution.save("patients.npz")` keeps everything; `kerasig.Attribution.load` reads it without TensorFlow.
* `kerasig.Explainer(model)` is compiled once, for explaining again and again.
* For words pass `layer="embedding"`: see the README.
"""
