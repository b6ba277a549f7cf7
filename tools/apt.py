"""Packages of Debian and Ubuntu, where this user may install them."""

import os
import shutil
import subprocess


def may_install() -> bool:
    """Tell whether packages can be installed: by root, on a machine that has apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Try to install packages; whoever needs them looks afterwards whether they are there."""
    for command in (["update", "-q"], ["install", "-y", "-q", *packages]):
        subprocess.run(
            ["apt-get", *command],
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
