"""A training of each library that stops in its third epoch, if asked, and goes on where it was when it is run again.

python restarted_training.py DIRECTORY [die]
"""

import os
import signal
import sys

import keras
import tf_keras
from trainings import dense, fit, let_write, probes, steps_of

import kerasig

directory, die = sys.argv[1], sys.argv[2:] == ["die"]


class Stop(Exception):
    pass


for library in (keras, tf_keras):

    class Stopping(library.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if die and int(self.model.optimizer.iterations) == 11:
                raise Stop

    logs = os.path.join(directory, library.__name__)
    # The backup comes first: what it restores is what the first record shows.
    backup = library.callbacks.BackupAndRestore(os.path.join(logs, "backup"), delete_checkpoint=False)
    watching = [
        kerasig.IGCallback(probes(title="by batch"), logs, every=3, interior_alphas=None),
        kerasig.IGCallback(probes(title="by epoch"), logs, interior_alphas=None),
    ]
    try:
        fit(dense(library), [backup, *watching, Stopping()], epochs=4)
        print("recorded", *(steps_of(callback) for callback in watching))
    except Stop:
        # What waits to be written dies with its process.
        let_write(watching[0])
if die:
    # Nothing is closed, flushed or said good-bye to.
    os.kill(os.getpid(), signal.SIGKILL)
