"""`recordings:` as a NeuroBlueprint tree: the suite2p folders of its subjects and sessions.

photon-mosaic writes them to derivatives/sub-*/ses-*/funcimg/suite2p.
"""

import re
from pathlib import Path
from typing import Any

from nma.io.errors import InputError
from nma.recordings.suite2p.folder import folder_at
from nma.types import FilePath

FOLDERS = "sub-*/ses-*/funcimg/**/suite2p"
DATATYPE = 2  # the place of funcimg in such a path


def recordings_in(tree: FilePath) -> list[dict[str, Any]]:
    """Items of `recordings:` for the suite2p folders below a folder of subjects, in order.

    A name is made of subject, session, and folders between funcimg and suite2p, as in
    sub-001_ses-001. Folders without planes, of sessions that are not processed yet, are left out.
    Raises InputError where there is no other.
    """
    tree = Path(tree)
    folders = [folder for folder in sorted(tree.glob(FOLDERS)) if folder_at(folder)]
    if not folders:
        raise InputError(
            "config",
            "recordings",
            found=f"no {FOLDERS} with planes in the folder {tree}",
            expected="a NeuroBlueprint folder of subjects, such as derivatives/",
            hint="one suite2p folder is the `path` of a recording",
        )
    return [{"name": _name(folder.relative_to(tree)), "path": str(folder)} for folder in folders]


def _name(folder: Path) -> str:
    """The name of a recording; whatever no name may have is an underscore."""
    parts = [*folder.parts[:DATATYPE], *folder.parts[DATATYPE + 1 : -1]]
    return re.sub(r"[^A-Za-z0-9_.-]", "_", "_".join(parts))
