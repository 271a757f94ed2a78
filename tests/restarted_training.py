"""A training that is killed in its third epoch, if asked, and goes on where it was when it is run again.

python restarted_training.py LIBRARY DIRECTORY [die]
"""

import importlib
import os
import signal
import sys

from trainings import dense, fit, probes, steps_of

import kerasig

library = importlib.import_module(sys.argv[1])
directory, die = sys.argv[2], sys.argv[3:] == ["die"]


class Die(library.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if die and int(self.model.optimizer.iterations) == 11:
            os.kill(os.getpid(), signal.SIGKILL)


model = dense(library)
# The backup comes first: what it restores is what the first record shows.
backup = library.callbacks.BackupAndRestore(os.path.join(directory, "backup"), delete_checkpoint=False)
others = [
    kerasig.IGCallback(probes(title="by batch"), directory, every=3, interior_alphas=None),
    kerasig.IGCallback(probes(title="by epoch"), directory, interior_alphas=None),
]
fit(model, [backup, *others, Die()], epochs=4)
for callback in others:
    print("recorded", *steps_of(callback))
