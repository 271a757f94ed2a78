"""The maps of a training's first audit, kept beside its log for a process that goes on with the training.

What the untrained network's maps have is what every later audit is compared with. A restarted process has no such
network any more, so its maps lie in the run's directory, in a file that is no event file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os

import numpy as np
import tensorflow as tf

from kerasig._recording.auditor import AuditMade
from kerasig._storage import arrays_in, write_arrays
from kerasig._suspects.maps import AuditMaps

# Maps that would take more are not kept: a restarted process compares with the network that it was given.
MOST_BYTES = 128 * 2**20
_FORMAT = "kerasig maps before 1"


def keep(directory: str, made: AuditMade) -> None:
    """Writes the maps of a first audit.

    Args:
        directory: the run's.
        made: the audit.
    """
    shares = made.maps.shares
    if sum(share.size for share in shares.values()) * 2 > MOST_BYTES:
        return
    header = {
        "format": _FORMAT,
        "fingerprint": made.audit.probes.fingerprint,
        "step": made.step,
        "unknown": made.maps.unknown,
        "map_error": made.maps.map_error,
        "attributed": made.maps.attributed,
        "leaves": list(shares),
    }
    arrays: dict[str, np.ndarray] = {"header": np.array(json.dumps(header))}
    for place, share in enumerate(shares.values()):
        # In units of an even share, for half precision has few digits next to zero.
        arrays[f"shares.{place}"] = np.clip(share * _even(share), 0, np.finfo(np.float16).max).astype(np.float16)
    file = io.BytesIO()
    write_arrays(file, arrays)
    with tf.io.gfile.GFile(_path(directory, made), "wb") as stored:
        stored.write(file.getvalue())


def recall(directory: str, made: AuditMade) -> tuple[AuditMaps, int] | None:
    """The maps of a training's first audit, and its step; None where there are none of these examples.

    Args:
        directory: the run's.
        made: the first audit of the process that goes on.
    """
    path = _path(directory, made)
    if not tf.io.gfile.exists(path):
        return None
    with tf.io.gfile.GFile(path, "rb") as stored:
        content = stored.read()
    try:
        arrays = arrays_in(io.BytesIO(content))
        header = json.loads(str(arrays["header"]))
        shares = {}
        for place, (leaf, own) in enumerate(made.maps.shares.items()):
            share = arrays[f"shares.{place}"].astype(np.float32)
            if header["leaves"][place] != leaf or share.shape != own.shape:
                return None
            shares[leaf] = share / _even(share)
        fits = (header["format"], header["fingerprint"]) == (_FORMAT, made.audit.probes.fingerprint)
        maps = AuditMaps(shares, int(header["unknown"]), float(header["map_error"]), dict(header["attributed"]))
        return (maps, int(header["step"])) if fits and int(header["step"]) <= made.step else None
    except (ValueError, KeyError, IndexError, TypeError):  # It was cut as it was written, or is another's.
        return None


def _even(share: np.ndarray) -> np.float32:
    return np.float32(max(1, share[0].size) if len(share) else 1)


def _path(directory: str, made: AuditMade) -> str:
    # A title may hold anything.
    key = hashlib.sha256(json.dumps([made.audit.title, made.layer], default=str).encode()).hexdigest()[:16]
    return os.path.join(directory, f"maps-before.{key}.npz")
