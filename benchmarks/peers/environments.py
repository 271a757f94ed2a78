"""The environments of the peers: what each installs, where it lies, and why one is not there."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

from ..models.case import cache_folder

TENSORFLOW = "tensorflow==2.21.0"


def _needed() -> list[str]:
    """What kerasig itself needs, besides TensorFlow."""
    try:
        needed = importlib.metadata.requires("kerasig") or []
    except importlib.metadata.PackageNotFoundError:  # It is imported from its folder.
        return []
    return [requirement for requirement in needed if "extra ==" not in requirement]


# What pip installs for each peer; the versions are those that were measured.
PEERS: dict[str, tuple[str, ...]] = {
    "captum": ("captum==0.9.0", "torch==2.13.0"),
    "alibi": ("alibi==0.9.6", TENSORFLOW, "click"),
    "xplique": ("xplique==2.0.2", TENSORFLOW),
    # With what kerasig needs, which runs beside it: benchmarks/overhead.py.
    "tf-explain": ("tf-explain==0.3.1", TENSORFLOW, "opencv-python-headless", *_needed()),
    "saliency": ("saliency==0.2.1", TENSORFLOW),
    "shap": ("shap==0.51.0", TENSORFLOW),
}
SETUP_SECONDS = 1200


def folder() -> Path:
    """Where the environments lie, below the benchmarks' cache."""
    path = cache_folder() / "peers"
    path.mkdir(exist_ok=True)
    return path


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which need not be there."""
    return folder() / peer / "bin" / "python"


def why_missing(peer: str) -> str:
    """Why a peer cannot run, in one sentence; empty where it can."""
    if python_of(peer).exists():
        return ""
    reason = folder() / f"{peer}.failed"
    return reason.read_text() if reason.exists() else f"not installed: python -m benchmarks.peers setup {peer}"


def set_up(peer: str) -> str:
    """Makes a peer's environment where it is not there; returns `why_missing`."""
    home, failed = folder() / peer, folder() / f"{peer}.failed"
    wanted, installed_before = "\n".join(PEERS[peer]), home / "installed.txt"
    if installed_before.exists() and installed_before.read_text() == wanted:
        return ""
    failed.unlink(missing_ok=True)
    made = [sys.executable, "-m", "venv", str(home)]
    installed = [str(python_of(peer)), "-m", "pip", "install", "--quiet", *PEERS[peer]]
    try:
        for command in (made, installed):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=SETUP_SECONDS)
        installed_before.write_text(wanted)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or error).strip().splitlines()
        # A half-made environment would pass for a whole one.
        shutil.rmtree(home, ignore_errors=True)
        failed.write_text(f"does not install: {said[-1] if said else error}")
    return why_missing(peer)
