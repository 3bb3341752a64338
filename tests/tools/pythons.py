"""Every working Python of this machine: those on PATH, and those of pyenv, some of whose shims only say no."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

ASK = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2], sys.version_info[2])"


def find_pythons(versions: list[str]) -> dict[str, Path]:
    """Give the newest working interpreter for each of the versions (such as "3.12") that has one."""
    best: dict[str, tuple[int, Path]] = {}
    for version in versions:
        for folder in _folders():
            path = folder / f"python{version}"
            patch = _patch_release(path, version)
            if patch is not None and (version not in best or patch > best[version][0]):
                best[version] = (patch, path)
    return {version: path for version, (_patch, path) in best.items()}


def _folders() -> list[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pyenv")
    venv = Path(os.environ.get("VENV", ".venv")).resolve() / "bin"
    on_path = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    plain = [folder for folder in on_path if folder.name != "shims" and folder.resolve() != venv]
    return [*plain, *sorted(pyenv.glob("versions/*/bin"))]


def _patch_release(path: Path, version: str) -> int | None:
    if not os.access(path, os.X_OK):
        return None
    answer = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=False)
    found, _, patch = answer.stdout.strip().partition(" ")
    return int(patch) if answer.returncode == 0 and found == version else None
