"""Says which systems the wheel is for, and that it brings the manual: it carries a program, not Python."""

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Contents(BuildHookInterface):
    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = os.environ["S3STREAM_TAG"]
        # File by file: of a folder, hatchling takes nothing where no Python is selected.
        pages = sorted(os.listdir(os.path.join(self.root, "man")))
        build_data["shared_data"] = {f"man/{page}": f"share/man/man1/{page}" for page in pages}
