"""A headless Chromium for tests that look at reports; `python -m tests.browser` installs one.

Nothing is downloaded from anywhere but Debian's or Ubuntu's own archive, and nothing at all where
there is no right to: then the tests that need a browser say that they were not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
PACKAGES = ("chromium", "chromium-driver")
BY_HAND = (
    "not run: no chromium. To run the tests that need a browser, install chromium and chromedriver "
    f"(Debian, Ubuntu: apt-get install {' '.join(PACKAGES)}) so that both are on PATH."
)


def find() -> tuple[Path, Path] | None:
    """The browser and its driver, if both are here."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    return (Path(browser), Path(driver)) if browser and driver else None


@contextmanager
def chromium(browser: Path, driver: Path) -> Iterator[Chrome]:
    """A driver of a headless Chromium with a profile of its own that asks no one anything."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(browser)
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--window-size=1400,1000",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        opened = webdriver.Chrome(options=options, service=Service(str(driver)))
        try:
            yield opened
        finally:
            opened.quit()


def become_root() -> list[str] | None:
    """What to put before a command that needs root; None where that cannot be had unasked."""
    if os.name != "posix":
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    unasked = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
    return [sudo, "-n"] if unasked.returncode == 0 else None


def install() -> str | None:
    """Install what is missing from the system's own archive; why that failed, if it did."""
    root = become_root()
    apt = shutil.which("apt-get")
    if apt is None or root is None:
        return "no apt-get" if apt is None else "no right to install packages"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", *PACKAGES]):
        done = subprocess.run(
            [*root, apt, *arguments],
            env=quiet,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return f"apt-get {arguments[0]}: {last}"
    return None


def main() -> int:
    """Always 0: a missing browser leaves some tests not run, and they say so themselves."""
    if find() is None:
        problem = install()
        if problem:
            print(f"chromium was not installed ({problem})", file=sys.stderr)
    found = find()
    print(f"browser: {found[0]}" if found else BY_HAND)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
